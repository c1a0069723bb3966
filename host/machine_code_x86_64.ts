/**
 * The x86_64 machine code behind `native.ts`: bytes on the left, the assembly they come from on the right.
 * What each function does is told in `native.ts`. `machine_code_test.ts` assembles the right-hand side again
 * where an assembler is installed, so the two cannot drift apart.
 *
 * @module
 */

export const listing = `call6:
89f8                  | mov eax, edi
4889f7                | mov rdi, rsi
4889d6                | mov rsi, rdx
4889ca                | mov rdx, rcx
4d89c2                | mov r10, r8
4d89c8                | mov r8, r9
4c8b4c2408            | mov r9, [rsp+8]
0f05                  | syscall
c3                    | ret
spawn_timed:
53                    | push rbx
4154                  | push r12
4889fb                | mov rbx, rdi
4989f4                | mov r12, rsi
b80e000000            | mov eax, 14
bf02000000            | mov edi, 2
488db380000000        | lea rsi, [rbx+128]
488d9388000000        | lea rdx, [rbx+136]
41ba08000000          | mov r10d, 8
0f05                  | syscall
b838000000            | mov eax, 56
bf000f2500            | mov edi, 0x250f00
4c89e6                | mov rsi, r12
31d2                  | xor edx, edx
4c8d5378              | lea r10, [rbx+120]
4531c0                | xor r8d, r8d
0f05                  | syscall
4885c0                | test rax, rax
7425                  | jz 1f
4989c4                | mov r12, rax
b80e000000            | mov eax, 14
bf02000000            | mov edi, 2
488db388000000        | lea rsi, [rbx+136]
31d2                  | xor edx, edx
41ba08000000          | mov r10d, 8
0f05                  | syscall
4c89e0                | mov rax, r12
415c                  | pop r12
5b                    | pop rbx
c3                    | ret
1:
b8ba000000            | mov eax, 186
0f05                  | syscall
48894340              | mov [rbx+64], rax
b8e4000000            | mov eax, 228
31ff                  | xor edi, edi
488d7348              | lea rsi, [rbx+72]
0f05                  | syscall
488b03                | mov rax, [rbx]
488b7b08              | mov rdi, [rbx+8]
488b7310              | mov rsi, [rbx+16]
488b5318              | mov rdx, [rbx+24]
4c8b5320              | mov r10, [rbx+32]
4c8b4328              | mov r8, [rbx+40]
4c8b4b30              | mov r9, [rbx+48]
0f05                  | syscall
48894338              | mov [rbx+56], rax
b8e4000000            | mov eax, 228
31ff                  | xor edi, edi
488d7358              | lea rsi, [rbx+88]
0f05                  | syscall
48c7437001000000      | mov qword ptr [rbx+112], 1
48637b68              | movsxd rdi, dword ptr [rbx+104]
85ff                  | test edi, edi
7810                  | js 2f
b801000000            | mov eax, 1
488d7370              | lea rsi, [rbx+112]
ba08000000            | mov edx, 8
0f05                  | syscall
2:
b83c000000            | mov eax, 60
31ff                  | xor edi, edi
0f05                  | syscall
0f0b                  | ud2
spawn_child:
53                    | push rbx
4154                  | push r12
4889fb                | mov rbx, rdi
b80e000000            | mov eax, 14
bf02000000            | mov edi, 2
488d7340              | lea rsi, [rbx+64]
488d5348              | lea rdx, [rbx+72]
41ba08000000          | mov r10d, 8
0f05                  | syscall
b838000000            | mov eax, 56
488b7b18              | mov rdi, [rbx+24]
488b7310              | mov rsi, [rbx+16]
488d5328              | lea rdx, [rbx+40]
4531d2                | xor r10d, r10d
4531c0                | xor r8d, r8d
0f05                  | syscall
4885c0                | test rax, rax
7427                  | jz 1f
4989c4                | mov r12, rax
b80e000000            | mov eax, 14
bf02000000            | mov edi, 2
488d7348              | lea rsi, [rbx+72]
31d2                  | xor edx, edx
41ba08000000          | mov r10d, 8
0f05                  | syscall
4c89e0                | mov rax, r12
415c                  | pop r12
5b                    | pop rbx
c3                    | ret
launch:
bb00000010            | mov ebx, 0x10000000
1:
4531e4                | xor r12d, r12d
4c8b6b08              | mov r13, [rbx+8]
2:
48c7c0eaffffff        | mov rax, -22
4c3b23                | cmp r12, [rbx]
7d2a                  | jge 3f
498b4500              | mov rax, [r13]
498b7d08              | mov rdi, [r13+8]
498b7510              | mov rsi, [r13+16]
498b5518              | mov rdx, [r13+24]
4d8b5520              | mov r10, [r13+32]
4d8b4528              | mov r8, [r13+40]
4d8b4d30              | mov r9, [r13+48]
0f05                  | syscall
49ffc4                | inc r12
4983c538              | add r13, 56
4885c0                | test rax, rax
79ca                  | jns 2b
3:
4c896330              | mov [rbx+48], r12
48894338              | mov [rbx+56], rax
b8e7000000            | mov eax, 231
bf7f000000            | mov edi, 127
0f05                  | syscall
0f0b                  | ud2
interrupt_handler:
c3                    | ret
interrupt_restorer:
b80f000000            | mov eax, 15
0f05                  | syscall
0f0b                  | ud2
install_interrupt_handler:
4883ec28              | sub rsp, 40
488d05ebffffff        | lea rax, [rip+interrupt_handler]
48890424              | mov [rsp], rax
48c744240800000004    | mov qword ptr [rsp+8], 0x04000000
488d05d8ffffff        | lea rax, [rip+interrupt_restorer]
4889442410            | mov [rsp+16], rax
48c744241800000000    | mov qword ptr [rsp+24], 0
4889e6                | mov rsi, rsp
31d2                  | xor edx, edx
41ba08000000          | mov r10d, 8
b80d000000            | mov eax, 13
0f05                  | syscall
4883c428              | add rsp, 40
c3                    | ret
`;
