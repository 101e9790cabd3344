// SPDX-License-Identifier: GPL-2.0-only
/*
 * The smallest VMM that faults: one VM, one vCPU, one slot of anonymous memory in
 * 4 KiB pages. The guest stores once to each page; how long that takes, from the
 * first access to the end of the last, is all there is to see.
 *
 * Two clocks are read around a single KVM_RUN. The monotonic one shows what the
 * guest waits. The thread's own leaves out whoever else ran on the CPU meanwhile,
 * such as the program that reads a tracer's buffer.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define CODE_IPA	   0x10000UL
#define DOORBELL_IPA	   0x09000000UL
#define MEM_IPA		   0x40000000UL
#define GUEST_PAGE	   4096UL
#define VALUE		   0x5a5a5a5aUL
#define PSTATE_EL1H_MASKED 0x3c5

#define CORE_REG(field)                                                                            \
	(KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | KVM_REG_ARM_CORE_REG(field))
#define X_REG(n) (CORE_REG(regs.regs[0]) + 2 * (n))

/* x0 address, x1 pages left, x4 doorbell, x5 value */
static const uint32_t payload[] = {
	0xf9000005, /* 0: str  x5, [x0]            */
	0x91400400, /*    add  x0, x0, #1, lsl #12 */
	0xf1000421, /*    subs x1, x1, #1          */
	0x54ffffa1, /*    b.ne 0b                  */
	0xf9000081, /*    str  x1, [x4]            */
	0x17fffffb, /*    b    0b: on with new x0 and x1 */
};

struct guest {
	int vm, vcpu;
	struct kvm_run *run;
	uint8_t *mem;
	uint64_t pages;
};

struct times {
	uint64_t wall, thread;
};

static void fail(const char *what)
{
	fprintf(stderr, "bench_guest: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int kvm_ioctl(int fd, unsigned long request, void *arg, const char *what)
{
	int ret = ioctl(fd, request, arg);

	if (ret < 0)
		fail(what);
	return ret;
}

static void set_reg(const struct guest *g, uint64_t id, uint64_t val)
{
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)&val };

	kvm_ioctl(g->vcpu, KVM_SET_ONE_REG, &reg, "KVM_SET_ONE_REG");
}

static uint8_t *map_pages(void *at, uint64_t bytes)
{
	int fixed = at ? MAP_FIXED : 0;
	uint8_t *mem = mmap(at, bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | fixed, -1, 0);

	if (mem == MAP_FAILED)
		fail("mmap");
	if (madvise(mem, bytes, MADV_NOHUGEPAGE) && errno != EINVAL)
		fail("madvise");
	return mem;
}

static void set_slot(const struct guest *g, int slot, uint64_t ipa, uint64_t bytes, void *mem)
{
	struct kvm_userspace_memory_region r = {
		.slot = slot,
		.guest_phys_addr = ipa,
		.memory_size = bytes,
		.userspace_addr = (uintptr_t)mem,
	};

	kvm_ioctl(g->vm, KVM_SET_USER_MEMORY_REGION, &r, "KVM_SET_USER_MEMORY_REGION");
}

static void make_vcpu(struct guest *g, int kvm)
{
	int size = kvm_ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, NULL, "KVM_GET_VCPU_MMAP_SIZE");
	struct kvm_vcpu_init init;

	g->vcpu = kvm_ioctl(g->vm, KVM_CREATE_VCPU, NULL, "KVM_CREATE_VCPU");
	g->run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, g->vcpu, 0);
	if (g->run == MAP_FAILED)
		fail("mmap of the vCPU");
	kvm_ioctl(g->vm, KVM_ARM_PREFERRED_TARGET, &init, "KVM_ARM_PREFERRED_TARGET");
	kvm_ioctl(g->vcpu, KVM_ARM_VCPU_INIT, &init, "KVM_ARM_VCPU_INIT");
	set_reg(g, CORE_REG(regs.pstate), PSTATE_EL1H_MASKED);
	set_reg(g, CORE_REG(regs.pc), CODE_IPA);
	set_reg(g, X_REG(4), DOORBELL_IPA);
	set_reg(g, X_REG(5), VALUE);
}

static void make_guest(struct guest *g, uint64_t pages)
{
	long page = sysconf(_SC_PAGESIZE);
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	uint8_t *code = map_pages(NULL, page);

	if (kvm < 0)
		fail("/dev/kvm");
	memcpy(code, payload, sizeof(payload));
	__builtin___clear_cache((char *)code, (char *)code + page);
	g->vm = kvm_ioctl(kvm, KVM_CREATE_VM, NULL, "KVM_CREATE_VM");
	g->pages = pages;
	g->mem = map_pages(NULL, pages * GUEST_PAGE);
	set_slot(g, 0, CODE_IPA, page, code);
	set_slot(g, 1, MEM_IPA, pages * GUEST_PAGE, g->mem);
	make_vcpu(g, kvm);
}

static uint64_t clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static void check_done(const struct guest *g)
{
	const struct kvm_run *run = g->run;
	uint64_t i, last;

	if (run->exit_reason != KVM_EXIT_MMIO || run->mmio.phys_addr != DOORBELL_IPA) {
		fprintf(stderr, "bench_guest: unexpected exit %u\n", run->exit_reason);
		exit(1);
	}
	for (i = 0; i < g->pages; i++) {
		memcpy(&last, g->mem + i * GUEST_PAGE, sizeof(last));
		if (last != VALUE) {
			fprintf(stderr, "bench_guest: page %llu was not written\n",
				(unsigned long long)i);
			exit(1);
		}
	}
}

/* One pass over memory that nobody has touched yet: every page faults once. */
static struct times touch_all(struct guest *g)
{
	struct times t;

	map_pages(g->mem, g->pages * GUEST_PAGE);
	set_reg(g, X_REG(0), MEM_IPA);
	set_reg(g, X_REG(1), g->pages);
	t.wall = clock_ns(CLOCK_MONOTONIC);
	t.thread = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	kvm_ioctl(g->vcpu, KVM_RUN, NULL, "KVM_RUN");
	t.thread = clock_ns(CLOCK_THREAD_CPUTIME_ID) - t.thread;
	t.wall = clock_ns(CLOCK_MONOTONIC) - t.wall;
	check_done(g);
	return t;
}

static unsigned long number(const char *arg, const char *what)
{
	char *end;
	unsigned long v;

	errno = 0;
	v = strtoul(arg, &end, 10);
	if (errno || *end || end == arg || !v || v > 1UL << 20) {
		fprintf(stderr, "bench_guest: bad number of %s '%s'\n", what, arg);
		exit(2);
	}
	return v;
}

int main(int argc, char **argv)
{
	unsigned long pages, passes, i;
	struct guest g = {};
	struct times t;

	if (argc != 3) {
		fprintf(stderr,
			"usage: bench_guest PAGES PASSES\n"
			"Prints for each pass: faults, ns elapsed, ns of the vCPU's thread.\n"
			"One more pass goes before them, and is not printed.\n");
		return 2;
	}
	pages = number(argv[1], "pages");
	passes = number(argv[2], "passes");
	make_guest(&g, pages);
	touch_all(&g);
	for (i = 0; i < passes; i++) {
		usleep(200000); /* readers of buffers catch up */
		t = touch_all(&g);
		printf("pass %lu %llu %llu\n", pages, (unsigned long long)t.wall,
		       (unsigned long long)t.thread);
	}
	return 0;
}
