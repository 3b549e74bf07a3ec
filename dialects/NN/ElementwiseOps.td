#ifndef TENON_NN_ELEMENTWISE_OPS_TD
#define TENON_NN_ELEMENTWISE_OPS_TD

include "dialects/NN/NNBase.td"

def NN_Elementwise : NativeOpTrait<"NNElementwise"> { let cppNamespace = "::tenon::nn"; }

/// One operand, same type out. `float_formula` gives the meaning on doubles, `int_formula` on 64-bit integers
/// (empty: not defined on that kind of element, refused by C1).
class NN_Unary<string mnemonic, string float_formula, string int_formula = "", list<Trait> traits = []>
    : NN_Op<mnemonic, !listconcat([NN_Elementwise], traits)> {
  let arguments = (ins NN_Tensor:$x);
  let results = (outs NN_Tensor:$y);
  let description = !strconcat("`y = ", !if(!eq(float_formula, ""), int_formula, float_formula), "`, element by element.\n\n",
    "(C1) The element type is ", !if(!eq(float_formula, ""), "an integer", !if(!eq(int_formula, ""), "a float", "numeric")), ".");
  let extraClassDeclaration = !strconcat(
    !if(!eq(float_formula, ""), "static constexpr bool kFloat = false; static double apply(double x) { return x; }\n",
        !strconcat("static constexpr bool kFloat = true; static double apply(double x) { return ", float_formula, "; }\n")),
    !if(!eq(int_formula, ""), "static constexpr bool kInt = false; static Int apply(Int x) { return x; }\n",
        !strconcat("static constexpr bool kInt = true; static Int apply(Int x) { return ", int_formula, "; }\n")));
}


def NN_ReluOp : NN_Unary<"relu", "x < 0 ? 0 : x", "x < 0 ? 0 : x"> { let summary = "Rectified linear unit"; }

#endif
