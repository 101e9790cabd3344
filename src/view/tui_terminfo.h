/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A description of a common terminal, for hosts without a terminfo database (such as an
 * initramfs): the output of `infocmp -Q2 -q s2trace` after `tic` compiled the following
 * source.
 *
 * s2trace|ansi terminal of which only the usual is expected,
 *     am, bce, km, mir, msgr, xenl,
 *     colors#8, cols#80, it#8, lines#24, pairs#64,
 *     bel=^G, bold=\E[1m, civis=\E[?25l, clear=\E[H\E[2J,
 *     cnorm=\E[?25h, cr=\r, cub1=^H, cud1=\n, cuf1=\E[C,
 *     cup=\E[%i%p1%d;%p2%dH, cuu1=\E[A, dim=\E[2m, ed=\E[J, el=\E[K,
 *     home=\E[H, ht=^I, ind=\n, kbs=^H, kcub1=\EOD, kcud1=\EOB,
 *     kcuf1=\EOC, kcuu1=\EOA, kend=\EOF, khome=\EOH, knp=\E[6~,
 *     kpp=\E[5~, op=\E[39;49m, rev=\E[7m, ri=\EM, rmcup=\E[?1049l,
 *     rmkx=\E[?1l\E>, rmso=\E[27m, rmul=\E[24m, setab=\E[4%p1%dm,
 *     setaf=\E[3%p1%dm, sgr0=\E[m, smcup=\E[?1049h,
 *     smkx=\E[?1h\E=, smso=\E[7m, smul=\E[4m,
 */
#ifndef S2TRACE_VIEW_TUI_TERMINFO_H
#define S2TRACE_VIEW_TUI_TERMINFO_H

#define TUI_TERMINFO_NAME "s2trace"
// clang-format off
#define TUI_TERMINFO \
	"b64:GgE6AB0ADwBpAdYAczJ0cmFjZXxhbnNpIHRlcm1pbmFsIG9mIHdoaWNoIG9ubHkgdGhlIHVzdWFs" \
	"IGlzIGV4cGVjdGVkAAABAAABAAAAAQAAAAABAQAAAAAAAAAAAAAAAAABAFAACAAYAP______________" \
	"____________CABAAP__AAACAP____8EAAwAEAD_____FAAlACcAKwAyAP__NAA7AP__PwD_________" \
	"_________0MASAD__1EA________VgBbAGAA_____2UAaQD_____cgB4AP______________________" \
	"____fgD_____________gAD_____________________________________hAD_____iAD__4wAkQCW" \
	"AP_______5oAngCmAP______________________________________________________________" \
	"_________________________________________64AsAD_______-zAP______________________" \
	"______________________________________________________-1AP______________________" \
	"________________________________________________________________________________" \
	"________________________________________________________________________________" \
	"________________________________________________________________________________" \
	"________________________________________________________________________________" \
	"_________7kA____________________________________________________________________" \
	"________________________________________________________________________________" \
	"_______________CAMwABwANABtbSBtbMkoAG1tLABtbSgAbWyVpJXAxJWQ7JXAyJWRIAAoAG1tIABtb" \
	"PzI1bAAIABtbPzI1aAAbW0MAG1tBABtbMW0AG1s_MTA0OWgAG1sybQAbWzdtABtbN20AG1s0bQAbW20A" \
	"G1s_MTA0OWwAG1syN20AG1syNG0ACAAbT0IAG09IABtPRAAbWzZ-ABtbNX4AG09DABtPQQAbWz8xbBs-" \
	"ABtbPzFoGz0ACgAbTQAJABtPRgAbWzM5OzQ5bQAbWzMlcDElZG0AG1s0JXAxJWRtAA=="
// clang-format on

#endif /* S2TRACE_VIEW_TUI_TERMINFO_H */
