/* The bytes of shipped.model as data of the library. */
  .section .rodata
  .globl tenon_shipped_cost_model
  .hidden tenon_shipped_cost_model
  .globl tenon_shipped_cost_model_end
  .hidden tenon_shipped_cost_model_end
  .balign 64
tenon_shipped_cost_model:
  .incbin "shipped.model"
tenon_shipped_cost_model_end:
  .section .note.GNU-stack, "", %progbits
