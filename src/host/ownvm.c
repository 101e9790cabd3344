// SPDX-License-Identifier: GPL-2.0-only
#include "host/ownvm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <s2trace/cpucaps.h>
#include <s2trace/ownvm.h>

#include "host.skel.h"
#include "host/cpucaps.h"

#define MAX_TRIES 16

/* Creating a vCPU differs between architectures. */
#ifdef __aarch64__
static int make_vcpu(int vm)
{
	struct kvm_vcpu_init init;
	int vcpu;

	if (ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init))
		return -1;
	vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	if (vcpu >= 0 && ioctl(vcpu, KVM_ARM_VCPU_INIT, &init)) {
		close(vcpu);
		return -1;
	}
	return vcpu;
}
#else
static int make_vcpu(int vm)
{
	(void)vm;
	return -1;
}
#endif

/* Other instances see the name of the thread that calls KVM_CREATE_VM, and ignore such VMs. */
int ownvm__create(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm, err;
	char name[16] = "";

	if (kvm < 0)
		return -errno;
	prctl(PR_GET_NAME, name);
	prctl(PR_SET_NAME, S2_PROBE_COMM);
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	err = errno;
	prctl(PR_SET_NAME, name);
	close(kvm);
	return vm < 0 ? -err : vm;
}

static void drop(int fd)
{
	if (fd >= 0)
		close(fd);
}

static bool read_own_vm(struct host_bpf *skel, int vm, int vcpu, struct s2_own_vm *out)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	skel->bss->own_vm = (struct s2_own_vm){ .vm_fd = vm, .vcpu_fd = vcpu };
	if (vm < 0 || bpf_prog_test_run_opts(bpf_program__fd(skel->progs.read_own_vm), &opts))
		return false;
	*out = skel->bss->own_vm;
	return true;
}

enum tristate ownvm__fwb(void)
{
	struct host_bpf *skel = host__load_bpf();
	struct s2_own_vm own = {};
	int vm, vcpu;

	if (!skel)
		return FACT_UNKNOWN;
	vm = ownvm__create();
	vcpu = vm < 0 ? -1 : make_vcpu(vm);
	if (vcpu >= 0)
		read_own_vm(skel, vm, vcpu, &own);
	drop(vcpu);
	drop(vm);
	host_bpf__destroy(skel);
	if (!own.hcr)
		return FACT_UNKNOWN;
	return own.hcr & S2_HCR_FWB ? FACT_YES : FACT_NO;
}

/*
 * KVM inserts a new VM after the head of the list. If a second VM appears between the first
 * one and its predecessor, that predecessor is the head, not another VM.
 */
static uint64_t find_head(struct host_bpf *skel)
{
	struct s2_own_vm first = {}, second = {}, again = {};
	int a = ownvm__create(), b = -1;
	bool ok = read_own_vm(skel, a, -1, &first);

	if (ok)
		b = ownvm__create();
	ok = ok && read_own_vm(skel, b, -1, &second) && read_own_vm(skel, a, -1, &again);
	drop(b);
	drop(a);
	return ok && second.prev == first.prev && again.prev == second.node ? first.prev : 0;
}

uint64_t ownvm__vm_list(void)
{
	struct host_bpf *skel = host__load_bpf();
	uint64_t head = 0;
	int i;

	for (i = 0; skel && !head && i < MAX_TRIES; i++)
		head = find_head(skel);
	host_bpf__destroy(skel);
	return head;
}
