/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The interface of the VMM and the payload. The payload is one page of code that runs with the
 * MMU off. The VMM passes it one command at a time in registers, and it answers by a store to
 * the doorbell, which no memslot covers.
 */
#ifndef S2GUEST_PAYLOAD_H
#define S2GUEST_PAYLOAD_H

/* The guest's physical address space. */
#define CODE_IPA     0x10000
#define DOORBELL_IPA 0x09000000 /* the command is done */
#define FATAL_OFFSET 8		/* offset from the doorbell: an unexpected exception */
#define REGION_IPA   0x40000000 /* the first region, the others follow at the same step */

/* x3 */
#define OP_READ	      0
#define OP_WRITE      1
#define OP_EXEC	      2
#define OP_FLUSH      3 /* a read; on an abort, L1 invalidates the stage-2 TLB of L2 */
#define OP_EXCL	      4 /* from here on not by plain loads and stores of one register */
#define OP_READ_PAIR  5
#define OP_WRITE_BACK 6 /* stores, and writes the base register back */
#define OP_READ_VNCR  7 /* an EL2 register, which is in the VNCR page where EL2 is virtual */
#define OP_WRITE_VNCR 8

/* The instruction that OP_EXEC calls. */
#define INSN_RET 0xd65f03c0

#endif /* S2GUEST_PAYLOAD_H */
