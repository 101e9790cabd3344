// SPDX-License-Identifier: GPL-2.0-only
/*
 * Computes what __cpu_setup() writes to MAIR_EL1. The value is a constant: MOVZ and MOVK build
 * it, BFI may replace parts of it. Whatever else writes a register, or may be skipped by a
 * branch, makes its value unknown. Encodings: Arm ARM C4.1.
 */
#include "host/mair.h"

#include <stdbool.h>

#define IS_MSR_MAIR(insn)     (((insn)&0xffffffe0) == 0xd518a200)
#define IS_MSR(insn)	      (((insn)&0xffe00000) == 0xd5000000) /* and hints, barriers */
#define IS_MOVE_WIDE_64(insn) (((insn)&0x9f800000) == 0x92800000)
#define IS_BFM_64(insn)	      (((insn)&0xffc00000) == 0xb3400000)
#define IS_LOAD_STORE(insn)   (((insn)&0x0a000000) == 0x08000000)
/* The class of branches also contains system instructions. */
#define IS_BRANCH(insn) (((insn)&0x1c000000) == 0x14000000 && !IS_SYSTEM(insn))
#define IS_SYSTEM(insn) (((insn)&0xffc00000) == 0xd5000000)
#define IS_BCOND(insn)	(((insn)&0xff000010) == 0x54000000)
#define IS_CBZ(insn)	(((insn)&0x7e000000) == 0x34000000)
#define IS_TBZ(insn)	(((insn)&0x7e000000) == 0x36000000)

struct cpu {
	uint64_t x[32];
	uint32_t known;	  /* bits of registers */
	size_t maybe_end; /* instructions before this may have been skipped */
};

static unsigned int rd_of(uint32_t insn)
{
	return insn & 31;
}

static unsigned int rn_of(uint32_t insn)
{
	return insn >> 5 & 31;
}

static bool knows(const struct cpu *c, unsigned int reg)
{
	return c->known >> reg & 1;
}

static void forget(struct cpu *c, unsigned int reg)
{
	c->known &= ~(1U << reg);
}

static void set(struct cpu *c, unsigned int reg, uint64_t value, bool certain)
{
	c->x[reg] = value;
	if (certain)
		c->known |= 1U << reg;
	else
		forget(c, reg);
}

/* MOVN, MOVZ, MOVK */
static void move_wide(struct cpu *c, uint32_t insn, bool certain)
{
	unsigned int rd = rd_of(insn), shift = (insn >> 21 & 3) * 16, opc = insn >> 29 & 3;
	uint64_t imm = (uint64_t)(insn >> 5 & 0xffff) << shift;

	if (opc == 3)
		set(c, rd, (c->x[rd] & ~(0xffffULL << shift)) | imm, certain && knows(c, rd));
	else
		set(c, rd, opc ? imm : ~imm, certain);
}

/* BFI and BFXIL */
static void bitfield_move(struct cpu *c, uint32_t insn, bool certain)
{
	unsigned int rd = rd_of(insn), rn = rn_of(insn), immr = insn >> 16 & 63;
	unsigned int imms = insn >> 10 & 63, from = 0, to = 0, width = imms + 1;
	uint64_t mask;

	if (imms >= immr) {
		from = immr;
		width -= immr;
	} else {
		to = 64 - immr;
	}
	mask = width == 64 ? ~0ULL : (1ULL << width) - 1;
	set(c, rd, (c->x[rd] & ~(mask << to)) | (c->x[rn] >> from & mask) << to,
	    certain && knows(c, rd) && knows(c, rn));
}

/* A conditional branch forwards: what it skips is uncertain. Others: false. */
static bool branch(struct cpu *c, uint32_t insn, size_t at)
{
	uint32_t offset;

	if (IS_BCOND(insn) || IS_CBZ(insn))
		offset = insn >> 5 & 0x7ffff;
	else if (IS_TBZ(insn))
		offset = insn >> 5 & 0x3fff;
	else
		return false;
	if (offset & (IS_TBZ(insn) ? 0x2000 : 0x40000))
		return false;
	if (at + offset > c->maybe_end)
		c->maybe_end = at + offset;
	return true;
}

/* Loads may write two registers and their base. */
static void execute(struct cpu *c, uint32_t insn, size_t at)
{
	bool certain = at >= c->maybe_end;

	if (IS_MSR(insn))
		return;
	if (IS_MOVE_WIDE_64(insn)) {
		move_wide(c, insn, certain);
	} else if (IS_BFM_64(insn)) {
		bitfield_move(c, insn, certain);
	} else {
		forget(c, rd_of(insn));
		if (IS_LOAD_STORE(insn)) {
			forget(c, rn_of(insn));
			forget(c, insn >> 10 & 31);
		}
	}
}

uint64_t mair__from_code(const uint32_t *code, size_t nr)
{
	struct cpu c = { .known = 0 };
	size_t i;

	for (i = 0; i < nr; i++) {
		if (IS_MSR_MAIR(code[i]))
			return i >= c.maybe_end && knows(&c, rd_of(code[i])) ? c.x[rd_of(code[i])]
									     : 0;
		if (!IS_BRANCH(code[i]))
			execute(&c, code[i], i);
		else if (!branch(&c, code[i], i))
			return 0;
	}
	return 0;
}
