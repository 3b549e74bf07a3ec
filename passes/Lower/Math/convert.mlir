// Written by generate.py from conversions.py: change it there.

func.func private @tenon_f32_to_f8e4m3fn_sat(%x: f32) -> i8 {
  %0 = arith.cmpf uno, %x, %x : f32
  %1 = arith.constant 127 : i32  // 0x7F
  %2 = arith.bitcast %x : f32 to i32
  %3 = arith.constant 2147483647 : i32  // 0x7FFFFFFF
  %4 = arith.andi %2, %3 : i32
  %5 = arith.constant 1015021568 : i32  // 0x3C800000
  %6 = arith.cmpi slt, %4, %5 : i32
  %7 = arith.bitcast %4 : i32 to f32
  %8 = arith.constant 0x46800000 : f32  // 16384.0
  %9 = arith.addf %7, %8 : f32
  %10 = arith.bitcast %9 : f32 to i32
  %11 = arith.constant 1182793728 : i32  // 0x46800000
  %12 = arith.subi %10, %11 : i32
  %13 = arith.constant 20 : i32  // 0x14
  %14 = arith.shrui %4, %13 : i32
  %15 = arith.constant 1 : i32  // 0x1
  %16 = arith.andi %14, %15 : i32
  %17 = arith.addi %4, %16 : i32
  %18 = arith.constant 524287 : i32  // 0x7FFFF
  %19 = arith.addi %17, %18 : i32
  %20 = arith.shrui %19, %13 : i32
  %21 = arith.constant 960 : i32  // 0x3C0
  %22 = arith.subi %20, %21 : i32
  %23 = arith.select %6, %12, %22 : i32
  %24 = arith.constant 126 : i32  // 0x7E
  %25 = arith.cmpi sgt, %23, %24 : i32
  %26 = arith.select %25, %24, %23 : i32
  %27 = arith.select %0, %1, %26 : i32
  %28 = arith.constant 24 : i32  // 0x18
  %29 = arith.shrui %2, %28 : i32
  %30 = arith.constant 128 : i32  // 0x80
  %31 = arith.andi %29, %30 : i32
  %32 = arith.ori %27, %31 : i32
  %33 = arith.trunci %32 : i32 to i8
  return %33 : i8
}

func.func private @tenon_f32_to_f8e4m3fn(%x: f32) -> i8 {
  %0 = arith.cmpf uno, %x, %x : f32
  %1 = arith.constant 127 : i32  // 0x7F
  %2 = arith.bitcast %x : f32 to i32
  %3 = arith.constant 2147483647 : i32  // 0x7FFFFFFF
  %4 = arith.andi %2, %3 : i32
  %5 = arith.constant 1015021568 : i32  // 0x3C800000
  %6 = arith.cmpi slt, %4, %5 : i32
  %7 = arith.bitcast %4 : i32 to f32
  %8 = arith.constant 0x46800000 : f32  // 16384.0
  %9 = arith.addf %7, %8 : f32
  %10 = arith.bitcast %9 : f32 to i32
  %11 = arith.constant 1182793728 : i32  // 0x46800000
  %12 = arith.subi %10, %11 : i32
  %13 = arith.constant 20 : i32  // 0x14
  %14 = arith.shrui %4, %13 : i32
  %15 = arith.constant 1 : i32  // 0x1
  %16 = arith.andi %14, %15 : i32
  %17 = arith.addi %4, %16 : i32
  %18 = arith.constant 524287 : i32  // 0x7FFFF
  %19 = arith.addi %17, %18 : i32
  %20 = arith.shrui %19, %13 : i32
  %21 = arith.constant 960 : i32  // 0x3C0
  %22 = arith.subi %20, %21 : i32
  %23 = arith.select %6, %12, %22 : i32
  %24 = arith.constant 126 : i32  // 0x7E
  %25 = arith.cmpi sgt, %23, %24 : i32
  %26 = arith.select %25, %1, %23 : i32
  %27 = arith.select %0, %1, %26 : i32
  %28 = arith.constant 24 : i32  // 0x18
  %29 = arith.shrui %2, %28 : i32
  %30 = arith.constant 128 : i32  // 0x80
  %31 = arith.andi %29, %30 : i32
  %32 = arith.ori %27, %31 : i32
  %33 = arith.trunci %32 : i32 to i8
  return %33 : i8
}

func.func private @tenon_f8e4m3fn_to_f32(%b: i8) -> f32 {
  %0 = arith.extui %b : i8 to i32
  %1 = arith.constant 127 : i32  // 0x7F
  %2 = arith.andi %0, %1 : i32
  %3 = arith.cmpi eq, %2, %1 : i32
  %4 = arith.constant 2143289344 : i32  // 0x7FC00000
  %5 = arith.constant 8 : i32  // 0x8
  %6 = arith.cmpi slt, %2, %5 : i32
  %7 = arith.sitofp %2 : i32 to f32
  %8 = arith.constant 0x3B000000 : f32  // 0.001953125
  %9 = arith.mulf %7, %8 : f32
  %10 = arith.constant 20 : i32  // 0x14
  %11 = arith.shli %2, %10 : i32
  %12 = arith.constant 1006632960 : i32  // 0x3C000000
  %13 = arith.addi %11, %12 : i32
  %14 = arith.bitcast %13 : i32 to f32
  %15 = arith.select %6, %9, %14 : f32
  %16 = arith.bitcast %15 : f32 to i32
  %17 = arith.select %3, %4, %16 : i32
  %18 = arith.constant 128 : i32  // 0x80
  %19 = arith.andi %0, %18 : i32
  %20 = arith.constant 24 : i32  // 0x18
  %21 = arith.shli %19, %20 : i32
  %22 = arith.ori %17, %21 : i32
  %23 = arith.bitcast %22 : i32 to f32
  return %23 : f32
}

func.func private @tenon_f32_to_f8e4m3fnuz_sat(%x: f32) -> i8 {
  %0 = arith.cmpf uno, %x, %x : f32
  %1 = arith.constant 128 : i32  // 0x80
  %2 = arith.bitcast %x : f32 to i32
  %3 = arith.constant 2147483647 : i32  // 0x7FFFFFFF
  %4 = arith.andi %2, %3 : i32
  %5 = arith.constant 1006632960 : i32  // 0x3C000000
  %6 = arith.cmpi slt, %4, %5 : i32
  %7 = arith.bitcast %4 : i32 to f32
  %8 = arith.constant 0x46000000 : f32  // 8192.0
  %9 = arith.addf %7, %8 : f32
  %10 = arith.bitcast %9 : f32 to i32
  %11 = arith.constant 1174405120 : i32  // 0x46000000
  %12 = arith.subi %10, %11 : i32
  %13 = arith.constant 20 : i32  // 0x14
  %14 = arith.shrui %4, %13 : i32
  %15 = arith.constant 1 : i32  // 0x1
  %16 = arith.andi %14, %15 : i32
  %17 = arith.addi %4, %16 : i32
  %18 = arith.constant 524287 : i32  // 0x7FFFF
  %19 = arith.addi %17, %18 : i32
  %20 = arith.shrui %19, %13 : i32
  %21 = arith.constant 952 : i32  // 0x3B8
  %22 = arith.subi %20, %21 : i32
  %23 = arith.select %6, %12, %22 : i32
  %24 = arith.constant 127 : i32  // 0x7F
  %25 = arith.cmpi sgt, %23, %24 : i32
  %26 = arith.select %25, %24, %23 : i32
  %27 = arith.select %0, %1, %26 : i32
  %28 = arith.constant 0 : i32  // 0x0
  %29 = arith.cmpi eq, %27, %28 : i32
  %30 = arith.constant 24 : i32  // 0x18
  %31 = arith.shrui %2, %30 : i32
  %32 = arith.andi %31, %1 : i32
  %33 = arith.ori %27, %32 : i32
  %34 = arith.select %29, %28, %33 : i32
  %35 = arith.trunci %34 : i32 to i8
  return %35 : i8
}

func.func private @tenon_f32_to_f8e4m3fnuz(%x: f32) -> i8 {
  %0 = arith.cmpf uno, %x, %x : f32
  %1 = arith.constant 128 : i32  // 0x80
  %2 = arith.bitcast %x : f32 to i32
  %3 = arith.constant 2147483647 : i32  // 0x7FFFFFFF
  %4 = arith.andi %2, %3 : i32
  %5 = arith.constant 1006632960 : i32  // 0x3C000000
  %6 = arith.cmpi slt, %4, %5 : i32
  %7 = arith.bitcast %4 : i32 to f32
  %8 = arith.constant 0x46000000 : f32  // 8192.0
  %9 = arith.addf %7, %8 : f32
  %10 = arith.bitcast %9 : f32 to i32
  %11 = arith.constant 1174405120 : i32  // 0x46000000
  %12 = arith.subi %10, %11 : i32
  %13 = arith.constant 20 : i32  // 0x14
  %14 = arith.shrui %4, %13 : i32
  %15 = arith.constant 1 : i32  // 0x1
  %16 = arith.andi %14, %15 : i32
  %17 = arith.addi %4, %16 : i32
  %18 = arith.constant 524287 : i32  // 0x7FFFF
  %19 = arith.addi %17, %18 : i32
  %20 = arith.shrui %19, %13 : i32
  %21 = arith.constant 952 : i32  // 0x3B8
  %22 = arith.subi %20, %21 : i32
  %23 = arith.select %6, %12, %22 : i32
  %24 = arith.constant 127 : i32  // 0x7F
  %25 = arith.cmpi sgt, %23, %24 : i32
  %26 = arith.select %25, %1, %23 : i32
  %27 = arith.select %0, %1, %26 : i32
  %28 = arith.constant 0 : i32  // 0x0
  %29 = arith.cmpi eq, %27, %28 : i32
  %30 = arith.constant 24 : i32  // 0x18
  %31 = arith.shrui %2, %30 : i32
  %32 = arith.andi %31, %1 : i32
  %33 = arith.ori %27, %32 : i32
  %34 = arith.select %29, %28, %33 : i32
  %35 = arith.trunci %34 : i32 to i8
  return %35 : i8
}

func.func private @tenon_f8e4m3fnuz_to_f32(%b: i8) -> f32 {
  %0 = arith.extui %b : i8 to i32
  %1 = arith.constant 128 : i32  // 0x80
  %2 = arith.cmpi eq, %0, %1 : i32
  %3 = arith.constant 2143289344 : i32  // 0x7FC00000
  %4 = arith.constant 127 : i32  // 0x7F
  %5 = arith.andi %0, %4 : i32
  %6 = arith.constant 8 : i32  // 0x8
  %7 = arith.cmpi slt, %5, %6 : i32
  %8 = arith.sitofp %5 : i32 to f32
  %9 = arith.constant 0x3A800000 : f32  // 0.0009765625
  %10 = arith.mulf %8, %9 : f32
  %11 = arith.constant 20 : i32  // 0x14
  %12 = arith.shli %5, %11 : i32
  %13 = arith.constant 998244352 : i32  // 0x3B800000
  %14 = arith.addi %12, %13 : i32
  %15 = arith.bitcast %14 : i32 to f32
  %16 = arith.select %7, %10, %15 : f32
  %17 = arith.bitcast %16 : f32 to i32
  %18 = arith.andi %0, %1 : i32
  %19 = arith.constant 24 : i32  // 0x18
  %20 = arith.shli %18, %19 : i32
  %21 = arith.ori %17, %20 : i32
  %22 = arith.select %2, %3, %21 : i32
  %23 = arith.bitcast %22 : i32 to f32
  return %23 : f32
}

func.func private @tenon_f32_to_f8e5m2_sat(%x: f32) -> i8 {
  %0 = arith.cmpf uno, %x, %x : f32
  %1 = arith.constant 126 : i32  // 0x7E
  %2 = arith.bitcast %x : f32 to i32
  %3 = arith.constant 2147483647 : i32  // 0x7FFFFFFF
  %4 = arith.andi %2, %3 : i32
  %5 = arith.constant 947912704 : i32  // 0x38800000
  %6 = arith.cmpi slt, %4, %5 : i32
  %7 = arith.bitcast %4 : i32 to f32
  %8 = arith.constant 0x43000000 : f32  // 128.0
  %9 = arith.addf %7, %8 : f32
  %10 = arith.bitcast %9 : f32 to i32
  %11 = arith.constant 1124073472 : i32  // 0x43000000
  %12 = arith.subi %10, %11 : i32
  %13 = arith.constant 21 : i32  // 0x15
  %14 = arith.shrui %4, %13 : i32
  %15 = arith.constant 1 : i32  // 0x1
  %16 = arith.andi %14, %15 : i32
  %17 = arith.addi %4, %16 : i32
  %18 = arith.constant 1048575 : i32  // 0xFFFFF
  %19 = arith.addi %17, %18 : i32
  %20 = arith.shrui %19, %13 : i32
  %21 = arith.constant 448 : i32  // 0x1C0
  %22 = arith.subi %20, %21 : i32
  %23 = arith.select %6, %12, %22 : i32
  %24 = arith.constant 123 : i32  // 0x7B
  %25 = arith.cmpi sgt, %23, %24 : i32
  %26 = arith.select %25, %24, %23 : i32
  %27 = arith.select %0, %1, %26 : i32
  %28 = arith.constant 24 : i32  // 0x18
  %29 = arith.shrui %2, %28 : i32
  %30 = arith.constant 128 : i32  // 0x80
  %31 = arith.andi %29, %30 : i32
  %32 = arith.ori %27, %31 : i32
  %33 = arith.trunci %32 : i32 to i8
  return %33 : i8
}

func.func private @tenon_f32_to_f8e5m2(%x: f32) -> i8 {
  %0 = arith.cmpf uno, %x, %x : f32
  %1 = arith.constant 126 : i32  // 0x7E
  %2 = arith.bitcast %x : f32 to i32
  %3 = arith.constant 2147483647 : i32  // 0x7FFFFFFF
  %4 = arith.andi %2, %3 : i32
  %5 = arith.constant 947912704 : i32  // 0x38800000
  %6 = arith.cmpi slt, %4, %5 : i32
  %7 = arith.bitcast %4 : i32 to f32
  %8 = arith.constant 0x43000000 : f32  // 128.0
  %9 = arith.addf %7, %8 : f32
  %10 = arith.bitcast %9 : f32 to i32
  %11 = arith.constant 1124073472 : i32  // 0x43000000
  %12 = arith.subi %10, %11 : i32
  %13 = arith.constant 21 : i32  // 0x15
  %14 = arith.shrui %4, %13 : i32
  %15 = arith.constant 1 : i32  // 0x1
  %16 = arith.andi %14, %15 : i32
  %17 = arith.addi %4, %16 : i32
  %18 = arith.constant 1048575 : i32  // 0xFFFFF
  %19 = arith.addi %17, %18 : i32
  %20 = arith.shrui %19, %13 : i32
  %21 = arith.constant 448 : i32  // 0x1C0
  %22 = arith.subi %20, %21 : i32
  %23 = arith.select %6, %12, %22 : i32
  %24 = arith.constant 123 : i32  // 0x7B
  %25 = arith.cmpi sgt, %23, %24 : i32
  %26 = arith.constant 124 : i32  // 0x7C
  %27 = arith.select %25, %26, %23 : i32
  %28 = arith.select %0, %1, %27 : i32
  %29 = arith.constant 24 : i32  // 0x18
  %30 = arith.shrui %2, %29 : i32
  %31 = arith.constant 128 : i32  // 0x80
  %32 = arith.andi %30, %31 : i32
  %33 = arith.ori %28, %32 : i32
  %34 = arith.trunci %33 : i32 to i8
  return %34 : i8
}

func.func private @tenon_f8e5m2_to_f32(%b: i8) -> f32 {
  %0 = arith.extui %b : i8 to i32
  %1 = arith.constant 127 : i32  // 0x7F
  %2 = arith.andi %0, %1 : i32
  %3 = arith.constant 124 : i32  // 0x7C
  %4 = arith.cmpi sge, %2, %3 : i32
  %5 = arith.cmpi eq, %2, %3 : i32
  %6 = arith.constant 2139095040 : i32  // 0x7F800000
  %7 = arith.constant 2143289344 : i32  // 0x7FC00000
  %8 = arith.select %5, %6, %7 : i32
  %9 = arith.constant 4 : i32  // 0x4
  %10 = arith.cmpi slt, %2, %9 : i32
  %11 = arith.sitofp %2 : i32 to f32
  %12 = arith.constant 0x37800000 : f32  // 1.52587890625e-5
  %13 = arith.mulf %11, %12 : f32
  %14 = arith.constant 21 : i32  // 0x15
  %15 = arith.shli %2, %14 : i32
  %16 = arith.constant 939524096 : i32  // 0x38000000
  %17 = arith.addi %15, %16 : i32
  %18 = arith.bitcast %17 : i32 to f32
  %19 = arith.select %10, %13, %18 : f32
  %20 = arith.bitcast %19 : f32 to i32
  %21 = arith.select %4, %8, %20 : i32
  %22 = arith.constant 128 : i32  // 0x80
  %23 = arith.andi %0, %22 : i32
  %24 = arith.constant 24 : i32  // 0x18
  %25 = arith.shli %23, %24 : i32
  %26 = arith.ori %21, %25 : i32
  %27 = arith.bitcast %26 : i32 to f32
  return %27 : f32
}

func.func private @tenon_f32_to_f8e5m2fnuz_sat(%x: f32) -> i8 {
  %0 = arith.cmpf uno, %x, %x : f32
  %1 = arith.constant 128 : i32  // 0x80
  %2 = arith.bitcast %x : f32 to i32
  %3 = arith.constant 2147483647 : i32  // 0x7FFFFFFF
  %4 = arith.andi %2, %3 : i32
  %5 = arith.constant 939524096 : i32  // 0x38000000
  %6 = arith.cmpi slt, %4, %5 : i32
  %7 = arith.bitcast %4 : i32 to f32
  %8 = arith.constant 0x42800000 : f32  // 64.0
  %9 = arith.addf %7, %8 : f32
  %10 = arith.bitcast %9 : f32 to i32
  %11 = arith.constant 1115684864 : i32  // 0x42800000
  %12 = arith.subi %10, %11 : i32
  %13 = arith.constant 21 : i32  // 0x15
  %14 = arith.shrui %4, %13 : i32
  %15 = arith.constant 1 : i32  // 0x1
  %16 = arith.andi %14, %15 : i32
  %17 = arith.addi %4, %16 : i32
  %18 = arith.constant 1048575 : i32  // 0xFFFFF
  %19 = arith.addi %17, %18 : i32
  %20 = arith.shrui %19, %13 : i32
  %21 = arith.constant 444 : i32  // 0x1BC
  %22 = arith.subi %20, %21 : i32
  %23 = arith.select %6, %12, %22 : i32
  %24 = arith.constant 127 : i32  // 0x7F
  %25 = arith.cmpi sgt, %23, %24 : i32
  %26 = arith.select %25, %24, %23 : i32
  %27 = arith.select %0, %1, %26 : i32
  %28 = arith.constant 0 : i32  // 0x0
  %29 = arith.cmpi eq, %27, %28 : i32
  %30 = arith.constant 24 : i32  // 0x18
  %31 = arith.shrui %2, %30 : i32
  %32 = arith.andi %31, %1 : i32
  %33 = arith.ori %27, %32 : i32
  %34 = arith.select %29, %28, %33 : i32
  %35 = arith.trunci %34 : i32 to i8
  return %35 : i8
}

func.func private @tenon_f32_to_f8e5m2fnuz(%x: f32) -> i8 {
  %0 = arith.cmpf uno, %x, %x : f32
  %1 = arith.constant 128 : i32  // 0x80
  %2 = arith.bitcast %x : f32 to i32
  %3 = arith.constant 2147483647 : i32  // 0x7FFFFFFF
  %4 = arith.andi %2, %3 : i32
  %5 = arith.constant 939524096 : i32  // 0x38000000
  %6 = arith.cmpi slt, %4, %5 : i32
  %7 = arith.bitcast %4 : i32 to f32
  %8 = arith.constant 0x42800000 : f32  // 64.0
  %9 = arith.addf %7, %8 : f32
  %10 = arith.bitcast %9 : f32 to i32
  %11 = arith.constant 1115684864 : i32  // 0x42800000
  %12 = arith.subi %10, %11 : i32
  %13 = arith.constant 21 : i32  // 0x15
  %14 = arith.shrui %4, %13 : i32
  %15 = arith.constant 1 : i32  // 0x1
  %16 = arith.andi %14, %15 : i32
  %17 = arith.addi %4, %16 : i32
  %18 = arith.constant 1048575 : i32  // 0xFFFFF
  %19 = arith.addi %17, %18 : i32
  %20 = arith.shrui %19, %13 : i32
  %21 = arith.constant 444 : i32  // 0x1BC
  %22 = arith.subi %20, %21 : i32
  %23 = arith.select %6, %12, %22 : i32
  %24 = arith.constant 127 : i32  // 0x7F
  %25 = arith.cmpi sgt, %23, %24 : i32
  %26 = arith.select %25, %1, %23 : i32
  %27 = arith.select %0, %1, %26 : i32
  %28 = arith.constant 0 : i32  // 0x0
  %29 = arith.cmpi eq, %27, %28 : i32
  %30 = arith.constant 24 : i32  // 0x18
  %31 = arith.shrui %2, %30 : i32
  %32 = arith.andi %31, %1 : i32
  %33 = arith.ori %27, %32 : i32
  %34 = arith.select %29, %28, %33 : i32
  %35 = arith.trunci %34 : i32 to i8
  return %35 : i8
}

func.func private @tenon_f8e5m2fnuz_to_f32(%b: i8) -> f32 {
  %0 = arith.extui %b : i8 to i32
  %1 = arith.constant 128 : i32  // 0x80
  %2 = arith.cmpi eq, %0, %1 : i32
  %3 = arith.constant 2143289344 : i32  // 0x7FC00000
  %4 = arith.constant 127 : i32  // 0x7F
  %5 = arith.andi %0, %4 : i32
  %6 = arith.constant 4 : i32  // 0x4
  %7 = arith.cmpi slt, %5, %6 : i32
  %8 = arith.sitofp %5 : i32 to f32
  %9 = arith.constant 0x37000000 : f32  // 7.62939453125e-6
  %10 = arith.mulf %8, %9 : f32
  %11 = arith.constant 21 : i32  // 0x15
  %12 = arith.shli %5, %11 : i32
  %13 = arith.constant 931135488 : i32  // 0x37800000
  %14 = arith.addi %12, %13 : i32
  %15 = arith.bitcast %14 : i32 to f32
  %16 = arith.select %7, %10, %15 : f32
  %17 = arith.bitcast %16 : f32 to i32
  %18 = arith.andi %0, %1 : i32
  %19 = arith.constant 24 : i32  // 0x18
  %20 = arith.shli %18, %19 : i32
  %21 = arith.ori %17, %20 : i32
  %22 = arith.select %2, %3, %21 : i32
  %23 = arith.bitcast %22 : i32 to f32
  return %23 : f32
}

func.func private @tenon_f32_to_f4e2m1_sat(%x: f32) -> i8 {
  %0 = arith.cmpf uno, %x, %x : f32
  %1 = arith.constant 0 : i32  // 0x0
  %2 = arith.bitcast %x : f32 to i32
  %3 = arith.constant 2147483647 : i32  // 0x7FFFFFFF
  %4 = arith.andi %2, %3 : i32
  %5 = arith.constant 1065353216 : i32  // 0x3F800000
  %6 = arith.cmpi slt, %4, %5 : i32
  %7 = arith.bitcast %4 : i32 to f32
  %8 = arith.constant 0x4A800000 : f32  // 4194304.0
  %9 = arith.addf %7, %8 : f32
  %10 = arith.bitcast %9 : f32 to i32
  %11 = arith.constant 1249902592 : i32  // 0x4A800000
  %12 = arith.subi %10, %11 : i32
  %13 = arith.constant 22 : i32  // 0x16
  %14 = arith.shrui %4, %13 : i32
  %15 = arith.constant 1 : i32  // 0x1
  %16 = arith.andi %14, %15 : i32
  %17 = arith.addi %4, %16 : i32
  %18 = arith.constant 2097151 : i32  // 0x1FFFFF
  %19 = arith.addi %17, %18 : i32
  %20 = arith.shrui %19, %13 : i32
  %21 = arith.constant 252 : i32  // 0xFC
  %22 = arith.subi %20, %21 : i32
  %23 = arith.select %6, %12, %22 : i32
  %24 = arith.constant 7 : i32  // 0x7
  %25 = arith.cmpi sgt, %23, %24 : i32
  %26 = arith.select %25, %24, %23 : i32
  %27 = arith.select %0, %1, %26 : i32
  %28 = arith.constant 28 : i32  // 0x1C
  %29 = arith.shrui %2, %28 : i32
  %30 = arith.constant 8 : i32  // 0x8
  %31 = arith.andi %29, %30 : i32
  %32 = arith.xori %31, %30 : i32
  %33 = arith.select %0, %32, %31 : i32
  %34 = arith.ori %27, %33 : i32
  %35 = arith.trunci %34 : i32 to i8
  return %35 : i8
}

func.func private @tenon_f32_to_f4e2m1(%x: f32) -> i8 {
  %0 = arith.cmpf uno, %x, %x : f32
  %1 = arith.constant 0 : i32  // 0x0
  %2 = arith.bitcast %x : f32 to i32
  %3 = arith.constant 2147483647 : i32  // 0x7FFFFFFF
  %4 = arith.andi %2, %3 : i32
  %5 = arith.constant 1065353216 : i32  // 0x3F800000
  %6 = arith.cmpi slt, %4, %5 : i32
  %7 = arith.bitcast %4 : i32 to f32
  %8 = arith.constant 0x4A800000 : f32  // 4194304.0
  %9 = arith.addf %7, %8 : f32
  %10 = arith.bitcast %9 : f32 to i32
  %11 = arith.constant 1249902592 : i32  // 0x4A800000
  %12 = arith.subi %10, %11 : i32
  %13 = arith.constant 22 : i32  // 0x16
  %14 = arith.shrui %4, %13 : i32
  %15 = arith.constant 1 : i32  // 0x1
  %16 = arith.andi %14, %15 : i32
  %17 = arith.addi %4, %16 : i32
  %18 = arith.constant 2097151 : i32  // 0x1FFFFF
  %19 = arith.addi %17, %18 : i32
  %20 = arith.shrui %19, %13 : i32
  %21 = arith.constant 252 : i32  // 0xFC
  %22 = arith.subi %20, %21 : i32
  %23 = arith.select %6, %12, %22 : i32
  %24 = arith.constant 7 : i32  // 0x7
  %25 = arith.cmpi sgt, %23, %24 : i32
  %26 = arith.select %25, %24, %23 : i32
  %27 = arith.select %0, %1, %26 : i32
  %28 = arith.constant 28 : i32  // 0x1C
  %29 = arith.shrui %2, %28 : i32
  %30 = arith.constant 8 : i32  // 0x8
  %31 = arith.andi %29, %30 : i32
  %32 = arith.xori %31, %30 : i32
  %33 = arith.select %0, %32, %31 : i32
  %34 = arith.ori %27, %33 : i32
  %35 = arith.trunci %34 : i32 to i8
  return %35 : i8
}

func.func private @tenon_f4e2m1_to_f32(%b: i8) -> f32 {
  %0 = arith.extui %b : i8 to i32
  %1 = arith.constant 7 : i32  // 0x7
  %2 = arith.andi %0, %1 : i32
  %3 = arith.constant 2 : i32  // 0x2
  %4 = arith.cmpi slt, %2, %3 : i32
  %5 = arith.sitofp %2 : i32 to f32
  %6 = arith.constant 0x3F000000 : f32  // 0.5
  %7 = arith.mulf %5, %6 : f32
  %8 = arith.constant 22 : i32  // 0x16
  %9 = arith.shli %2, %8 : i32
  %10 = arith.constant 1056964608 : i32  // 0x3F000000
  %11 = arith.addi %9, %10 : i32
  %12 = arith.bitcast %11 : i32 to f32
  %13 = arith.select %4, %7, %12 : f32
  %14 = arith.bitcast %13 : f32 to i32
  %15 = arith.constant 8 : i32  // 0x8
  %16 = arith.andi %0, %15 : i32
  %17 = arith.constant 28 : i32  // 0x1C
  %18 = arith.shli %16, %17 : i32
  %19 = arith.ori %14, %18 : i32
  %20 = arith.bitcast %19 : i32 to f32
  return %20 : f32
}

func.func private @tenon_f32_to_bf16(%x: f32) -> i16 {
  %0 = arith.cmpf uno, %x, %x : f32
  %1 = arith.bitcast %x : f32 to i32
  %2 = arith.constant 16 : i32  // 0x10
  %3 = arith.shrui %1, %2 : i32
  %4 = arith.constant 32768 : i32  // 0x8000
  %5 = arith.andi %3, %4 : i32
  %6 = arith.constant 32704 : i32  // 0x7FC0
  %7 = arith.ori %5, %6 : i32
  %8 = arith.constant 1 : i32  // 0x1
  %9 = arith.andi %3, %8 : i32
  %10 = arith.addi %1, %9 : i32
  %11 = arith.constant 32767 : i32  // 0x7FFF
  %12 = arith.addi %10, %11 : i32
  %13 = arith.shrui %12, %2 : i32
  %14 = arith.select %0, %7, %13 : i32
  %15 = arith.trunci %14 : i32 to i16
  return %15 : i16
}

func.func private @tenon_bf16_to_f32(%b: i16) -> f32 {
  %0 = arith.extui %b : i16 to i32
  %1 = arith.constant 16 : i32  // 0x10
  %2 = arith.shli %0, %1 : i32
  %3 = arith.bitcast %2 : i32 to f32
  return %3 : f32
}

func.func private @tenon_f64_to_f32_odd(%x: f64) -> f32 {
  %0 = arith.truncf %x : f64 to f32
  %1 = arith.bitcast %0 : f32 to i32
  %2 = arith.extf %0 : f32 to f64
  %3 = math.absf %2 : f64
  %4 = math.absf %x : f64
  %5 = arith.cmpf ogt, %3, %4 : f64
  %6 = arith.extui %5 : i1 to i32
  %7 = arith.subi %1, %6 : i32
  %8 = arith.cmpf one, %2, %x : f64
  %9 = arith.extui %8 : i1 to i32
  %10 = arith.ori %7, %9 : i32
  %11 = arith.bitcast %10 : i32 to f32
  return %11 : f32
}

func.func private @tenon_f64_to_f16(%x: f64) -> f16 {
  %0 = arith.truncf %x : f64 to f32
  %1 = arith.bitcast %0 : f32 to i32
  %2 = arith.extf %0 : f32 to f64
  %3 = math.absf %2 : f64
  %4 = math.absf %x : f64
  %5 = arith.cmpf ogt, %3, %4 : f64
  %6 = arith.extui %5 : i1 to i32
  %7 = arith.subi %1, %6 : i32
  %8 = arith.cmpf one, %2, %x : f64
  %9 = arith.extui %8 : i1 to i32
  %10 = arith.ori %7, %9 : i32
  %11 = arith.bitcast %10 : i32 to f32
  %12 = arith.truncf %11 : f32 to f16
  return %12 : f16
}
