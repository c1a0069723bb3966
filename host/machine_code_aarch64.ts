/**
 * The aarch64 machine code behind `native.ts`: bytes on the left, the assembly they come from on the right.
 * What each function does is told in `native.ts`. `machine_code_test.ts` assembles the right-hand side again
 * where an assembler is installed, so the two cannot drift apart.
 *
 * @module
 */

export const listing = `call6:
e80300aa              | mov x8, x0
e00301aa              | mov x0, x1
e10302aa              | mov x1, x2
e20303aa              | mov x2, x3
e30304aa              | mov x3, x4
e40305aa              | mov x4, x5
e50306aa              | mov x5, x6
010000d4              | svc #0
c0035fd6              | ret
spawn_timed:
f353bfa9              | stp x19, x20, [sp, #-16]!
f30300aa              | mov x19, x0
f40301aa              | mov x20, x1
e81080d2              | mov x8, #135
400080d2              | mov x0, #2
61020291              | add x1, x19, #128
62220291              | add x2, x19, #136
030180d2              | mov x3, #8
010000d4              | svc #0
881b80d2              | mov x8, #220
00e081d2              | mov x0, #0x0f00
a004a0f2              | movk x0, #0x25, lsl #16
e10314aa              | mov x1, x20
020080d2              | mov x2, #0
030080d2              | mov x3, #0
64e20191              | add x4, x19, #120
010000d4              | svc #0
600100b4              | cbz x0, 1f
f40300aa              | mov x20, x0
e81080d2              | mov x8, #135
400080d2              | mov x0, #2
61220291              | add x1, x19, #136
020080d2              | mov x2, #0
030180d2              | mov x3, #8
010000d4              | svc #0
e00314aa              | mov x0, x20
f353c1a8              | ldp x19, x20, [sp], #16
c0035fd6              | ret
1:
481680d2              | mov x8, #178
010000d4              | svc #0
602200f9              | str x0, [x19, #64]
280e80d2              | mov x8, #113
000080d2              | mov x0, #0
61220191              | add x1, x19, #72
010000d4              | svc #0
680240f9              | ldr x8, [x19]
608640a9              | ldp x0, x1, [x19, #8]
628e41a9              | ldp x2, x3, [x19, #24]
649642a9              | ldp x4, x5, [x19, #40]
010000d4              | svc #0
601e00f9              | str x0, [x19, #56]
280e80d2              | mov x8, #113
000080d2              | mov x0, #0
61620191              | add x1, x19, #88
010000d4              | svc #0
210080d2              | mov x1, #1
62c20191              | add x2, x19, #112
41fc9fc8              | stlr x1, [x2]
606a80b9              | ldrsw x0, [x19, #104]
a000f8b7              | tbnz x0, #63, 2f
080880d2              | mov x8, #64
61c20191              | add x1, x19, #112
020180d2              | mov x2, #8
010000d4              | svc #0
2:
a80b80d2              | mov x8, #93
000080d2              | mov x0, #0
010000d4              | svc #0
200020d4              | brk #1
spawn_child:
f353bfa9              | stp x19, x20, [sp, #-16]!
f30300aa              | mov x19, x0
e81080d2              | mov x8, #135
400080d2              | mov x0, #2
61020191              | add x1, x19, #64
62220191              | add x2, x19, #72
030180d2              | mov x3, #8
010000d4              | svc #0
881b80d2              | mov x8, #220
600e40f9              | ldr x0, [x19, #24]
610a40f9              | ldr x1, [x19, #16]
62a20091              | add x2, x19, #40
030080d2              | mov x3, #0
040080d2              | mov x4, #0
010000d4              | svc #0
800100b4              | cbz x0, 1f
f40300aa              | mov x20, x0
e81080d2              | mov x8, #135
400080d2              | mov x0, #2
61220191              | add x1, x19, #72
020080d2              | mov x2, #0
030180d2              | mov x3, #8
010000d4              | svc #0
e00314aa              | mov x0, x20
f353c1a8              | ldp x19, x20, [sp], #16
c0035fd6              | ret
launch:
1300a2d2              | mov x19, #0x10000000
1:
140080d2              | mov x20, #0
750640f9              | ldr x21, [x19, #8]
2:
a0028092              | mov x0, #-22
690240f9              | ldr x9, [x19]
9f0209eb              | cmp x20, x9
2a010054              | b.ge 3f
a80240f9              | ldr x8, [x21]
a08640a9              | ldp x0, x1, [x21, #8]
a28e41a9              | ldp x2, x3, [x21, #24]
a49642a9              | ldp x4, x5, [x21, #40]
010000d4              | svc #0
94060091              | add x20, x20, #1
b5e20091              | add x21, x21, #56
a0feffb6              | tbz x0, #63, 2b
3:
740203a9              | stp x20, x0, [x19, #48]
c80b80d2              | mov x8, #94
e00f80d2              | mov x0, #127
010000d4              | svc #0
200020d4              | brk #1
interrupt_handler:
c0035fd6              | ret
interrupt_restorer:
681180d2              | mov x8, #139
010000d4              | svc #0
200020d4              | brk #1
install_interrupt_handler:
ff8300d1              | sub sp, sp, #32
69ffff10              | adr x9, interrupt_handler
e90300f9              | str x9, [sp]
0980a0d2              | mov x9, #0x04000000
e90700f9              | str x9, [sp, #8]
09ffff10              | adr x9, interrupt_restorer
e90b00f9              | str x9, [sp, #16]
ff0f00f9              | str xzr, [sp, #24]
e1030091              | mov x1, sp
020080d2              | mov x2, #0
030180d2              | mov x3, #8
c81080d2              | mov x8, #134
010000d4              | svc #0
ff830091              | add sp, sp, #32
c0035fd6              | ret
`;
