// SPDX-License-Identifier: GPL-2.0-only
/* s2guest: causes one situation. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "guest.h"

volatile int guest_stop;
__thread volatile int guest_sigbus;

static struct args args;

static const struct situation *const all_situations[] = {
	memory_situations, device_situations, fault_situations, slot_situations, mode_situations,
};

void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "s2guest: %s: ", args.situation ? args.situation : "?");
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(2);
}

/* This host cannot do it: a result of its own, not a failure. */
void skip(const char *fmt, ...)
{
	char why[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	printf("{\"situation\":\"%s\",\"pid\":%d,\"skipped\":\"%s\"}\n", args.situation, getpid(),
	       why);
	exit(EXIT_SKIPPED);
}

bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = -1;

	if (fd >= 0) {
		n = write(fd, text, strlen(text));
		close(fd);
	}
	return n == (ssize_t)strlen(text);
}

bool read_u64(const char *path, uint64_t *val)
{
	unsigned long long v;
	FILE *f = fopen(path, "re");
	bool ok;

	if (!f)
		return false;
	ok = fscanf(f, "%llu", &v) == 1;
	fclose(f);
	*val = v;
	return ok;
}

uint64_t round_up(uint64_t v, uint64_t to)
{
	return (v + to - 1) / to * to;
}

uint64_t page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

uint64_t pmd_size(void)
{
	static uint64_t size;

	/* A table is one page of 8-byte entries. */
	if (!size)
		size = page_size() / 8 * page_size();
	return size;
}

/* hugetlb pages of contiguous entries: arch/arm64/Kconfig, ARM64_CONT_PTE_SHIFT and _PMD_SHIFT. */
uint64_t cont_pte_size(void)
{
	return page_size() == KIB(4) ? KIB(64) : MIB(2);
}

uint64_t cont_pmd_size(void)
{
	return pmd_size() * (page_size() == KIB(4) ? 16 : 32);
}

static void on_stop(int sig)
{
	(void)sig;
	if (guest_stop++)
		_exit(2);
}

/* A poisoned page is a result; any other SIGBUS would repeat for ever. */
static void on_sigbus(int sig, siginfo_t *info, void *ctx)
{
	(void)sig;
	(void)ctx;
	if (info->si_code != BUS_MCEERR_AR && info->si_code != BUS_MCEERR_AO)
		_exit(2);
	guest_sigbus = 1;
}

static void set_signals(void)
{
	struct sigaction stop = { .sa_handler = on_stop };
	struct sigaction bus = { .sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO };

	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGBUS, &bus, NULL);
}

static void list_situations(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(all_situations); i++)
		for (const struct situation *s = all_situations[i]; s->name; s++)
			printf("%-16s %s\n", s->name, s->help);
}

static const struct situation *find_situation(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(all_situations); i++)
		for (const struct situation *s = all_situations[i]; s->name; s++)
			if (!strcmp(s->name, name))
				return s;
	return NULL;
}

/* CPU features, if not given: KVM only reports both or not both. */
static void ask_kvm(struct env *env)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int fd, both;

	if (kvm < 0)
		die("/dev/kvm: %s", strerror(errno));
	env->fwb = args.fwb;
	env->dic = args.dic;
	if (args.fwb != 2 && args.dic != 2) {
		close(kvm);
		return;
	}
	fd = ioctl(kvm, KVM_CREATE_VM, 0);
	env->nr_vms++;
	both = ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_ARM_CACHEABLE_PFNMAP_SUPPORTED);
	if (args.fwb == 2)
		env->fwb = both > 0;
	if (args.dic == 2)
		env->dic = both > 0;
	close(fd);
	close(kvm);
}

static void wait_for(const char *path)
{
	while (path && access(path, F_OK) && !guest_stop)
		usleep(1000);
}

static void hold(unsigned int seconds)
{
	for (uint64_t i = 0; i < seconds * 100ULL && !guest_stop; i++)
		usleep(10000);
}

static bool agrees(const struct env *env, const char *outcome, uint64_t got)
{
	uint64_t want = expect_count(env, outcome);

	if (got == want)
		return true;
	fprintf(stderr, "s2guest: %s: %llu accesses were %s, expected %llu\n", args.situation,
		(unsigned long long)got, outcome, (unsigned long long)want);
	return false;
}

/* What the guest itself saw must match its report. */
static int check_env(const struct env *env)
{
	bool ok = agrees(env, "injected", env->injected);

	ok &= agrees(env, "rejected", env->failed);
	ok &= agrees(env, "poisoned", env->poisoned);
	return ok ? 0 : 2;
}

static int run_situation(const struct situation *s)
{
	static struct env env;
	int ret;

	env.args = &args;
	env.opts.nr_vcpus = args.vcpus;
	env.asks_vma = !args.era || strcmp(args.era, "6.9");
	ask_kvm(&env);
	s->run(&env);
	env__run_live(&env);
	ret = check_env(&env);
	expect_print(&env, stdout);
	hold(args.hold);
	env__shutdown(&env);
	return ret;
}

int main(int argc, char **argv)
{
	const struct situation *s;

	if (args_parse(&args, argc, argv))
		return 2;
	if (args.help || args.list) {
		args.help ? args_usage(stdout) : list_situations();
		return 0;
	}
	if (args.era && strcmp(args.era, "6.9") && strcmp(args.era, "7.1")) {
		fprintf(stderr, "s2guest: no such era: %s, see --help\n", args.era);
		return 2;
	}
	s = find_situation(args.situation);
	if (!s) {
		fprintf(stderr, "s2guest: no such situation: %s, see --list\n", args.situation);
		return 2;
	}
	if (!args.name)
		args.name = args.situation;
	prctl(PR_SET_NAME, args.name);
	set_signals();
	wait_for(args.barrier);
	return run_situation(s);
}
