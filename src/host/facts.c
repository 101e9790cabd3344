// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "host/cpucaps.h"
#include "host/host.h"
#include "host/mair.h"
#include "host/ownvm.h"
#include "lib/clock.h"
#include "lib/log.h"

/* Since 6.17. It is a capability of the VM, not of /dev/kvm. */
#ifndef KVM_CAP_ARM_CACHEABLE_PFNMAP_SUPPORTED
#define KVM_CAP_ARM_CACHEABLE_PFNMAP_SUPPORTED 243
#endif

/* Since 6.16. Earlier kernels cannot run nested guests. */
#ifndef KVM_CAP_ARM_EL2
#define KVM_CAP_ARM_EL2 240
#endif

#ifdef __aarch64__
/* CTR_EL0: Arm ARM D24.2.34. EL0 may read it; the kernel only traps it to return a safer value. */
#define CTR_DIC (1UL << 29)
#define CTR_IDC (1UL << 28)

static void read_registers(struct s2_ev_host *f)
{
	uint64_t ctr, hz;

	__asm__ volatile("mrs %0, ctr_el0" : "=r"(ctr));
	__asm__ volatile("mrs %0, cntfrq_el0" : "=r"(hz));
	f->dic = !!(ctr & CTR_DIC);
	f->idc = !!(ctr & CTR_IDC);
	f->counter_hz = hz;
}
#else
static void read_registers(struct s2_ev_host *f)
{
	(void)f;
}
#endif

static void copy(char *to, size_t size, const char *from)
{
	size_t n = strlen(from);

	if (n >= size)
		n = size - 1;
	memcpy(to, from, n);
	to[n] = '\0';
}

void host__facts_cheap(struct s2_ev_host *f)
{
	struct utsname u;

	memset(f, 0, sizeof(*f));
	f->h = (struct s2_event){ .type = S2_EV_HOST, .len = sizeof(*f), .ts_ns = now_ns() };
	f->realtime_ns = realtime_ns() - f->h.ts_ns;
	f->era = S2_ERA__MAX;
	f->fwb = f->dic = f->idc = f->cacheable_pfnmap = f->era_shown = FACT_UNKNOWN;
	f->page_size = sysconf(_SC_PAGESIZE);
	f->kvm = access("/dev/kvm", F_OK) == 0;
	if (!uname(&u)) {
		copy(f->hostname, sizeof(f->hostname), u.nodename);
		copy(f->kernel, sizeof(f->kernel), u.release);
		copy(f->machine, sizeof(f->machine), u.machine);
	}
	read_registers(f);
}

/* The capability is per VM: create one, and never run it. */
static enum tristate ask_kvm(char *note, size_t size)
{
	int vm = ownvm__create(), ret;

	if (vm < 0) {
		snprintf(note, size, "cannot create a VM: %s", strerror(-vm));
		return FACT_UNKNOWN;
	}
	ret = ioctl(vm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_CACHEABLE_PFNMAP_SUPPORTED);
	snprintf(note, size, "KVM_CHECK_EXTENSION(%d) = %d", KVM_CAP_ARM_CACHEABLE_PFNMAP_SUPPORTED,
		 ret);
	close(vm);
	return ret < 0 ? FACT_UNKNOWN : !!ret;
}

enum tristate host__nested(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), ret;

	if (kvm < 0)
		return FACT_UNKNOWN;
	ret = ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_EL2);
	close(kvm);
	return ret < 0 ? FACT_UNKNOWN : !!ret;
}

static void read_caps(struct s2_ev_host *f, char *note, size_t size)
{
	struct cpucaps *caps;
	struct error err = {};
	int vhe, protected;

	caps = cpucaps__read(&err);
	if (!caps) {
		f->fwb = ownvm__fwb();
		copy(note, size,
		     f->fwb == FACT_UNKNOWN ? err.what : "CTR_EL0, and HCR_EL2 of a vCPU");
		return;
	}
	copy(note, size, "arm64_features[] and system_cpucaps of the running kernel");
	f->fwb = cpucaps__has(caps, "Stage-2 Force Write-Back");
	f->dic =
		cpucaps__has(caps, "Instruction cache invalidation not required for I/D coherence");
	f->idc = cpucaps__has(caps, "Data cache clean to the PoU not required for I/D coherence");
	vhe = cpucaps__has(caps, "Virtualization Host Extensions");
	protected = cpucaps__has(caps, "Protected KVM");
	if (f->kvm == FACT_YES && vhe != FACT_UNKNOWN)
		copy(f->kvm_mode, sizeof(f->kvm_mode),
		     protected == FACT_YES ? "protected"
		     : vhe == FACT_YES	   ? "vhe"
					   : "nvhe");
	cpucaps__free(caps);
}

void host__facts(struct s2_ev_host *f, struct host_notes *notes)
{
	struct host_notes dummy;

	if (!notes)
		notes = &dummy;
	memset(notes, 0, sizeof(*notes));
	host__facts_cheap(f);
	if (strcmp(f->machine, "aarch64")) {
		copy(notes->cpucaps, sizeof(notes->cpucaps), "this is not an arm64 machine");
		copy(notes->pfnmap, sizeof(notes->pfnmap), "this is not an arm64 machine");
		return;
	}
	read_caps(f, notes->cpucaps, sizeof(notes->cpucaps));
	f->cacheable_pfnmap = ask_kvm(notes->pfnmap, sizeof(notes->pfnmap));
	f->mair_el1 = mair__read();
}
