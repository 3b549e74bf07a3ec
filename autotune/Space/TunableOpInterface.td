#ifndef TENON_AUTOTUNE_SPACE_TUNABLEOPINTERFACE_TD
#define TENON_AUTOTUNE_SPACE_TUNABLEOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def TunableOpInterface : OpInterface<"TunableOpInterface"> {
  let cppNamespace = "::tenon::autotune";
  let description = [{
    What a tuner knows of an operation: the points that it can be compiled to, with their features, and how to say which
    one it shall be. `sched.task` and `kernel.generic` have it.
  }];
  let methods = [
    InterfaceMethod<[{
      The op's space on a target; null, with a diagnostic, if it cannot be tuned. It stays valid when the op changes, and
      must not outlive the context.
    }], "std::unique_ptr<::tenon::autotune::Space>", "getSpace", (ins "const ::tenon::TargetSpec &":$target)>,
    InterfaceMethod<"Makes a point of its space the op's schedule.",
      "void", "applyPoint", (ins "const ::tenon::autotune::Space &":$space, "const ::tenon::autotune::Point &":$point)>,
  ];
}

#endif
