/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The payload: touch x1 places, x2 bytes apart, from x0 on.
 *
 *	x0  address of the next access		x4  doorbell
 *	x1  accesses left			x5  value to store
 *	x2  stride				x7  exceptions taken
 *	x3  OP_*				x8  ESR_EL1 of the last, x9 its FAR_EL1
 *
 * Nothing is ever stored to the page itself, so that it costs one stage-2 fault.
 */
#include "payload.h"

/* Spelled like this, the assembler does not ask what CPU has it. */
#define HCR_EL2_ s3_4_c1_c1_0

	.section .rodata
	.balign	4096
	.globl	payload_start, payload_end, payload_vectors
payload_start:
entry:
	cbz	x1, done
next:
	cmp	x3, #OP_WRITE
	b.eq	write
	cmp	x3, #OP_EXEC
	b.eq	exec
	cmp	x3, #OP_EXCL
	b.hs	special
	ldr	x6, [x0]
	b	advance
write:
	str	x5, [x0]
	b	advance
special:
	b.hi	1f
	ldxr	x6, [x0]
	clrex
	b	advance
1:	cmp	x3, #OP_READ_PAIR
	b.eq	2f
	cmp	x3, #OP_WRITE_BACK
	b.eq	3f
	cmp	x3, #OP_READ_VNCR
	b.eq	4f
	msr	HCR_EL2_, x6
	b	advance
2:	ldp	x6, x10, [x0]
	b	advance
3:	str	x5, [x0], #0
	b	advance
4:	mrs	x6, HCR_EL2_
	b	advance
exec:
	blr	x0
advance:
	add	x0, x0, x2
	sub	x1, x1, #1
	cbnz	x1, next
done:
	str	x1, [x4]
	b	entry

/*
 * An abort that KVM injected: note it and go on behind the access. An
 * instruction abort has no "behind": return to where the call came from. L1 of a
 * nested guest runs this at EL2, where with VHE these names mean EL2's registers.
 */
abort:
	cmp	x3, #OP_FLUSH
	b.ne	2f
	tlbi	vmalls12e1is
	dsb	ish
2:	add	x7, x7, #1
	mrs	x8, esr_el1
	mrs	x9, far_el1
	ubfx	x10, x8, #26, #6	/* above it, KVM of 6.1 leaves ones */
	and	x10, x10, #~1	/* from this EL or from a lower one */
	cmp	x10, #0x20
	b.eq	1f
	cmp	x10, #0x24
	b.ne	fatal
	mrs	x10, elr_el1
	add	x10, x10, #4
	msr	elr_el1, x10
	eret
1:	msr	elr_el1, x30
	eret
fatal:
	str	x8, [x4, #FATAL_OFFSET]
	b	fatal

	.balign	2048
payload_vectors:
	.rept	4		/* current EL with SP_EL0 */
	b	fatal
	.balign	128
	.endr
	b	abort		/* current EL with its own SP: synchronous */
	.balign	128
	.rept	3
	b	fatal
	.balign	128
	.endr
	b	abort		/* lower EL: a nested guest's, taken by L1 at EL2 */
	.balign	128
	.rept	7
	b	fatal
	.balign	128
	.endr
payload_end:

	.section .note.GNU-stack, "", %progbits
