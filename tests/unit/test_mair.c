// SPDX-License-Identifier: GPL-2.0-only
/* What __cpu_setup() writes to MAIR_EL1, and what an index into it means. */
#include "unit.h"

#include <s2trace/mair.h>

#include "host/mair.h"

#define MAINLINE    0x000000040044ffffULL
#define NC_TO_NGNRE 0x000044040004ffffULL

#define BTI	     0xd503245f /* bti c */
#define TLBI	     0xd508871f /* tlbi vmalle1 */
#define MRS_X1	     0xd5380501 /* mrs x1, id_aa64dfr0_el1 */
#define CBZ_X1_2     0xb4000041 /* cbz x1, 2 instructions ahead */
#define CBZ_X1_3     0xb4000061
#define CBZ_X1_BACK  0xb4ffffc1
#define BEQ_2	     0x54000040 /* b.eq, 2 instructions ahead */
#define TBZ_X1_2     0x36000041 /* tbz w1, #0, 2 instructions ahead */
#define B_1	     0x14000001
#define BL	     0x94000001
#define RET	     0xd65f03c0
#define NOP	     0xd503201f
#define MOV_X17_32   0xd2c00091 /* mov x17, #0x400000000 */
#define MOVK_X17_16  0xf2a00891 /* movk x17, #0x44, lsl #16 */
#define MOVK_X17_0   0xf29ffff1 /* movk x17, #0xffff */
#define MOVZ_W17     0x52800091 /* mov w17, #4 */
#define MOV_X9_4     0xd2800089 /* mov x9, #4 */
#define MOV_X9_NC    0xd2800889 /* mov x9, #0x44 */
#define MOVN_X17     0x92800011 /* mov x17, #-1 */
#define BFI_X17_16   0xb3701d31 /* bfi x17, x9, #16, #8 */
#define BFI_X17_40   0xb3581d31 /* bfi x17, x9, #40, #8 */
#define BFXIL_X17_8  0xb3483d31 /* bfxil x17, x9, #8, #8 */
#define BFI_X17_ALL  0xb340fd31 /* bfxil x17, x9, #0, #64 */
#define ORR_X17	     0xb2400231 /* orr x17, x17, #1 */
#define LDR_X9	     0xf9400129 /* ldr x9, [x9] */
#define LDP_X9_X17   0xa9404529 /* ldp x9, x17, [x9] */
#define MSR_TCR_X16  0xd5182050 /* msr tcr_el1, x16 */
#define MSR_X17	     0xd518a211 /* msr mair_el1, x17 */
#define MAINLINE_X17 MOV_X17_32, MOVK_X17_16, MOVK_X17_0

#define assert_code(value, ...)                                                                    \
	do {                                                                                       \
		static const uint32_t code[] = { __VA_ARGS__ };                                    \
		assert_int_equal(mair__from_code(code, NR(code)), value);                          \
	} while (0)

static void the_value_is_followed(void **state)
{
	(void)state;
	assert_code(MAINLINE, MAINLINE_X17, MSR_X17);
	assert_code(MAINLINE, BTI, TLBI, MRS_X1, BEQ_2, MRS_X1, MAINLINE_X17, MRS_X1, CBZ_X1_2, NOP,
		    MSR_TCR_X16, MSR_X17, RET);
	/* The workaround of NVIDIA's 6.17, without and with its alternative. */
	assert_code(MAINLINE, MAINLINE_X17, NOP, NOP, MSR_X17);
	assert_code(NC_TO_NGNRE, MAINLINE_X17, MOV_X9_NC, BFI_X17_40, MOV_X9_4, BFI_X17_16,
		    MSR_X17);
	assert_code(~0ULL, MOVN_X17, MSR_X17);
	assert_code(MAINLINE & ~0xffULL, MAINLINE_X17, MOV_X9_4, BFXIL_X17_8, MSR_X17);
	assert_code(4, MAINLINE_X17, MOV_X9_4, BFI_X17_ALL, MSR_X17);
}

static void what_is_not_certain_is_unknown(void **state)
{
	(void)state;
	assert_int_equal(mair__from_code(NULL, 0), 0);
	assert_code(0, MAINLINE_X17);
	assert_code(0, RET, MAINLINE_X17, MSR_X17);
	assert_code(0, MSR_X17);
	assert_code(0, MOVK_X17_0, MSR_X17);
	assert_code(0, MAINLINE_X17, ORR_X17, MSR_X17);
	assert_code(0, MAINLINE_X17, MOVZ_W17, MSR_X17);
	assert_code(0, MAINLINE_X17, BFI_X17_16, MSR_X17);
	assert_code(0, MAINLINE_X17, MOV_X9_4, LDR_X9, BFI_X17_16, MSR_X17);
	assert_code(0, MAINLINE_X17, LDP_X9_X17, MSR_X17);
	/* Written on one path only, or not written at all. */
	assert_code(0, MAINLINE_X17, CBZ_X1_2, MOVK_X17_16, MSR_X17);
	assert_code(0, MAINLINE_X17, TBZ_X1_2, MOVK_X17_16, MSR_X17);
	assert_code(0, MAINLINE_X17, BEQ_2, MOVK_X17_16, MSR_X17);
	assert_code(0, MAINLINE_X17, MOV_X9_4, CBZ_X1_3, NOP, BFI_X17_16, MSR_X17);
	assert_code(0, MAINLINE_X17, CBZ_X1_2, MSR_X17, RET);
	/* Loops and calls. */
	assert_code(0, MAINLINE_X17, CBZ_X1_BACK, MSR_X17);
	assert_code(0, MAINLINE_X17, B_1, MSR_X17);
	assert_code(0, MAINLINE_X17, BL, MSR_X17);
}

static void an_index_is_decoded_by_content(void **state)
{
	(void)state;
	assert_int_equal(s2_mair_decode(MAINLINE, 0), S2_VMA_NORMAL);
	assert_int_equal(s2_mair_decode(MAINLINE, 1), S2_VMA_NORMAL_TAGGED);
	assert_int_equal(s2_mair_decode(MAINLINE, 2), S2_VMA_NORMAL_NC);
	assert_int_equal(s2_mair_decode(MAINLINE, 3), S2_VMA_DEVICE_nGnRnE);
	assert_int_equal(s2_mair_decode(MAINLINE, 4), S2_VMA_DEVICE_nGnRE);
	assert_int_equal(s2_mair_decode(NC_TO_NGNRE, 0), S2_VMA_NORMAL);
	assert_int_equal(s2_mair_decode(NC_TO_NGNRE, 2), S2_VMA_DEVICE_nGnRE);
	assert_int_equal(s2_mair_decode(NC_TO_NGNRE, 5), S2_VMA_NORMAL_NC);
	assert_int_equal(s2_mair_decode(0x0c00000000000000ULL, 7), S2_VMA_UNKNOWN);
	assert_int_equal(s2_mair_decode(0xf0, 0), S2_VMA_NORMAL_TAGGED);
	assert_int_equal(s2_mair_decode(MAINLINE, 8), S2_VMA_UNKNOWN);
	assert_int_equal(s2_mair_decode(MAINLINE, S2_VMA_UNKNOWN), S2_VMA_UNKNOWN);
	for (unsigned int i = 0; i < 8; i++)
		assert_int_equal(s2_mair_decode(0, i), S2_VMA_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_value_is_followed),
		cmocka_unit_test(what_is_not_certain_is_unknown),
		cmocka_unit_test(an_index_is_decoded_by_content),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
