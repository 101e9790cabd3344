// SPDX-License-Identifier: GPL-2.0-only
/* KVM: one VM, its vCPUs, its memslots, and commands for its payload. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest.h"

#define CORE_REG(field)                                                                            \
	(KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | KVM_REG_ARM_CORE_REG(field))
#define VBAR_EL1	   ARM64_SYS_REG(3, 0, 12, 0, 0)
#define PSTATE_EL1H_MASKED 0x3c5

#define GIC_DIST_IPA   0x08000000
#define GIC_REDIST_IPA 0x080a0000

/* Numbers of the payload's registers. */
enum { X_BASE, X_COUNT, X_STRIDE, X_OP, X_DOORBELL, X_VALUE, X_ABORTS = 7, X_ESR, X_LR = 30 };

extern const char payload_start[], payload_end[], payload_vectors[];

static void set_reg(struct vcpu *vcpu, uint64_t id, uint64_t val)
{
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)&val };

	if (ioctl(vcpu->fd, KVM_SET_ONE_REG, &reg))
		die("KVM_SET_ONE_REG %#llx: %s", (unsigned long long)id, strerror(errno));
}

static uint64_t get_reg(struct vcpu *vcpu, uint64_t id)
{
	uint64_t val = 0;
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)&val };

	if (ioctl(vcpu->fd, KVM_GET_ONE_REG, &reg))
		die("KVM_GET_ONE_REG %#llx: %s", (unsigned long long)id, strerror(errno));
	return val;
}

static void set_x(struct vcpu *vcpu, int n, uint64_t val)
{
	set_reg(vcpu, CORE_REG(regs.regs[0]) + 2 * n, val);
}

static uint64_t get_x(struct vcpu *vcpu, int n)
{
	return get_reg(vcpu, CORE_REG(regs.regs[0]) + 2 * n);
}

void vcpu__set_sysreg(struct vcpu *vcpu, uint64_t id, uint64_t val)
{
	set_reg(vcpu, id, val);
}

static void enable_mte(struct vm *vm)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_ARM_MTE };

	if (ioctl(vm->kvm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_MTE) <= 0)
		skip("this host has no MTE");
	if (ioctl(vm->fd, KVM_ENABLE_CAP, &cap))
		die("KVM_CAP_ARM_MTE: %s", strerror(errno));
}

/* Must be set before the first slot. */
static void enable_eager_split(struct vm *vm, uint64_t chunk)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE,
				      .args = { chunk } };

	if (ioctl(vm->fd, KVM_ENABLE_CAP, &cap))
		skip("no eager splitting of %llu bytes: %s", (unsigned long long)chunk,
		     strerror(errno));
}

static void enable_nisv(struct vm *vm)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_ARM_NISV_TO_USER };

	if (ioctl(vm->fd, KVM_ENABLE_CAP, &cap))
		die("KVM_CAP_ARM_NISV_TO_USER: %s", strerror(errno));
}

/* Just the VM, without vCPUs and memory. */
struct vm *vm__new(const struct vm_opts *opts)
{
	struct vm *vm = calloc(1, sizeof(*vm));

	if (!vm)
		die("no memory");
	vm->nr_vcpus = opts->nr_vcpus;
	vm->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (vm->kvm < 0)
		die("/dev/kvm: %s", strerror(errno));
	if (opts->nested && ioctl(vm->kvm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_EL2) <= 0)
		skip("this host has no nested virtualization, see kvm-arm.mode=nested");
	vm->nested = opts->nested;
	vm->fd = ioctl(vm->kvm, KVM_CREATE_VM, opts->type);
	if (vm->fd < 0 && opts->type)
		skip("this host has no such VM, see kvm-arm.mode=protected: %s", strerror(errno));
	if (vm->fd < 0)
		die("KVM_CREATE_VM: %s", strerror(errno));
	vm->run_size = ioctl(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (opts->mte)
		enable_mte(vm);
	if (opts->eager_split)
		enable_eager_split(vm, opts->eager_split);
	if (opts->nisv_to_user)
		enable_nisv(vm);
	return vm;
}

/* The guest address of the payload's exception vectors. */
uint64_t vcpu__vectors(void)
{
	return CODE_IPA + (payload_vectors - payload_start);
}

static void init_vcpu(struct vm *vm, struct vcpu *vcpu)
{
	struct kvm_vcpu_init init;

	if (ioctl(vm->fd, KVM_ARM_PREFERRED_TARGET, &init))
		die("KVM_ARM_PREFERRED_TARGET: %s", strerror(errno));
	if (vm->nested)
		init.features[0] |= 1U << KVM_ARM_VCPU_HAS_EL2;
	if (ioctl(vcpu->fd, KVM_ARM_VCPU_INIT, &init))
		die("KVM_ARM_VCPU_INIT: %s", strerror(errno));

	set_reg(vcpu, CORE_REG(regs.pc), CODE_IPA);
	set_reg(vcpu, CORE_REG(regs.pstate), PSTATE_EL1H_MASKED);
	set_reg(vcpu, VBAR_EL1, vcpu__vectors());
	set_x(vcpu, X_DOORBELL, DOORBELL_IPA);
	set_x(vcpu, X_VALUE, 0x5a5a5a5a);
}

static void create_vcpu(struct vm *vm, struct vcpu *vcpu, unsigned int id)
{
	vcpu->id = id;
	vcpu->fd = ioctl(vm->fd, KVM_CREATE_VCPU, id);
	if (vcpu->fd < 0)
		die("KVM_CREATE_VCPU: %s", strerror(errno));
	vcpu->run = mmap(NULL, vm->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
	if (vcpu->run == MAP_FAILED)
		die("mmap of a vCPU: %s", strerror(errno));
	init_vcpu(vm, vcpu);
}

/* The first vCPU again, as after power-on. */
void vm__reset(struct vm *vm)
{
	init_vcpu(vm, &vm->vcpu[0]);
}

static void set_gic(int gic, uint32_t group, uint64_t attr, uint64_t *val)
{
	struct kvm_device_attr a = { .group = group, .attr = attr, .addr = (uintptr_t)val };

	if (ioctl(gic, KVM_SET_DEVICE_ATTR, &a))
		die("GIC attribute %u:%llu: %s", group, (unsigned long long)attr, strerror(errno));
}

/* Unused, but a vCPU with EL2 requires it. */
static void add_gic(struct vm *vm)
{
	struct kvm_create_device dev = { .type = KVM_DEV_TYPE_ARM_VGIC_V3 };
	uint64_t dist = GIC_DIST_IPA, redist = GIC_REDIST_IPA;

	if (ioctl(vm->fd, KVM_CREATE_DEVICE, &dev))
		die("KVM_CREATE_DEVICE of a GICv3: %s", strerror(errno));
	set_gic(dev.fd, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST, &dist);
	set_gic(dev.fd, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST, &redist);
	set_gic(dev.fd, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, NULL);
	close(dev.fd);
}

/* Creates the vCPUs, ready to run the payload. The caller must have set slot 0. */
void vm__start(struct vm *vm)
{
	for (unsigned int i = 0; i < vm->nr_vcpus; i++)
		create_vcpu(vm, &vm->vcpu[i], i);
	if (vm->nested)
		add_gic(vm);
}

/* Returns 0 or the errno. */
int vm__set_slot(struct vm *vm, const struct kvm_userspace_memory_region *r)
{
	return ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, r) ? errno : 0;
}

/* Reading the log write-protects dirty pages. Returns their number. */
int vm__get_dirty_log(struct vm *vm, int slot, uint64_t npages)
{
	size_t words = (npages + 63) / 64;
	uint64_t *bitmap = calloc(words, sizeof(*bitmap));
	struct kvm_dirty_log log = { .slot = slot, .dirty_bitmap = bitmap };
	int n = 0;

	if (!bitmap)
		die("no memory");
	if (ioctl(vm->fd, KVM_GET_DIRTY_LOG, &log))
		die("KVM_GET_DIRTY_LOG: %s", strerror(errno));
	for (size_t i = 0; i < words; i++)
		n += __builtin_popcountll(bitmap[i]);
	free(bitmap);
	return n;
}

void vm__free(struct vm *vm)
{
	for (unsigned int i = 0; i < vm->nr_vcpus; i++) {
		if (!vm->vcpu[i].run)
			continue;
		munmap(vm->vcpu[i].run, vm->run_size);
		close(vm->vcpu[i].fd);
	}
	close(vm->fd);
	close(vm->kvm);
	free(vm);
}

/* The current access cannot be made: continue after it. */
static void step_over(struct vcpu *vcpu, const struct cmd *cmd)
{
	uint64_t left = get_x(vcpu, X_COUNT);

	if (left) {
		set_x(vcpu, X_BASE, get_x(vcpu, X_BASE) + cmd->stride);
		set_x(vcpu, X_COUNT, left - 1);
	}
	set_reg(vcpu, CORE_REG(regs.pc), CODE_IPA);
}

/*
 * KVM_RUN failed. A SIGBUS is the result of a poisoned page, or EHWPOISON of one of guest_memfd;
 * ignore other signals.
 */
static void run_failed(struct vcpu *vcpu, struct cmd *cmd)
{
	if (errno == EINTR && !guest_sigbus)
		return;
	if (errno == EINTR || errno == EHWPOISON) {
		guest_sigbus = 0;
		cmd->poisoned++;
	} else {
		cmd->err = errno;
		if (cmd->failed++ > cmd->count)
			die("KVM_RUN: %s", strerror(cmd->err));
	}
	step_over(vcpu, cmd);
}

/* Returns true when the payload is done. */
static bool handle_mmio(struct vcpu *vcpu, struct cmd *cmd)
{
	uint64_t ipa = vcpu->run->mmio.phys_addr;

	if (ipa == DOORBELL_IPA)
		return true;
	if (ipa == DOORBELL_IPA + FATAL_OFFSET)
		die("the guest took an exception that nobody expected, ESR %#llx",
		    (unsigned long long)get_x(vcpu, X_ESR));
	if (!vcpu->run->mmio.is_write)
		memset(vcpu->run->mmio.data, 0, sizeof(vcpu->run->mmio.data));
	cmd->mmio++;
	return false;
}

static void run_until_done(struct vcpu *vcpu, struct cmd *cmd)
{
	for (;;) {
		if (ioctl(vcpu->fd, KVM_RUN, 0)) {
			run_failed(vcpu, cmd);
			continue;
		}
		if (vcpu->run->exit_reason == KVM_EXIT_ARM_NISV) {
			cmd->mmio++;
			step_over(vcpu, cmd);
			continue;
		}
		if (vcpu->run->exit_reason != KVM_EXIT_MMIO)
			die("KVM_RUN: exit reason %u", vcpu->run->exit_reason);
		if (handle_mmio(vcpu, cmd))
			return;
	}
}

/* Runs a command on one vCPU until it is done. */
void vcpu__command(struct vcpu *vcpu, struct cmd *cmd)
{
	set_x(vcpu, X_BASE, cmd->base);
	set_x(vcpu, X_COUNT, cmd->count);
	set_x(vcpu, X_STRIDE, cmd->stride);
	set_x(vcpu, X_OP, cmd->op);
	set_x(vcpu, X_ABORTS, 0);
	run_until_done(vcpu, cmd);
	cmd->injected = get_x(vcpu, X_ABORTS);
	cmd->esr = get_x(vcpu, X_ESR);
}

struct vcpu_job {
	pthread_t thread;
	struct vcpu *vcpu;
	struct cmd cmd;
};

static void *run_job(void *arg)
{
	struct vcpu_job *job = arg;

	vcpu__command(job->vcpu, &job->cmd);
	return NULL;
}

/* Splits the command among the vCPUs, or gives all of it to each. */
static void split_command(struct vcpu_job *job, unsigned int i, unsigned int n,
			  const struct cmd *cmd, bool same_range)
{
	uint64_t first = cmd->count * i / n;

	job->cmd = *cmd;
	if (same_range)
		return;
	job->cmd.base += first * cmd->stride;
	job->cmd.count = cmd->count * (i + 1) / n - first;
}

static void add_results(struct cmd *cmd, const struct cmd *part)
{
	cmd->injected += part->injected;
	cmd->failed += part->failed;
	cmd->mmio += part->mmio;
	cmd->poisoned += part->poisoned;
	if (part->err)
		cmd->err = part->err;
	cmd->esr = part->esr;
}

/* Runs a command on all vCPUs at once. */
void vm__command(struct vm *vm, struct cmd *cmd, bool same_range)
{
	struct vcpu_job job[MAX_VCPUS];
	int ret;

	if (vm->nr_vcpus == 1) {
		vcpu__command(&vm->vcpu[0], cmd);
		return;
	}
	for (unsigned int i = 0; i < vm->nr_vcpus; i++) {
		job[i].vcpu = &vm->vcpu[i];
		split_command(&job[i], i, vm->nr_vcpus, cmd, same_range);
		ret = pthread_create(&job[i].thread, NULL, run_job, &job[i]);
		if (ret)
			die("thread of a vCPU: %s", strerror(ret));
	}
	for (unsigned int i = 0; i < vm->nr_vcpus; i++) {
		pthread_join(job[i].thread, NULL);
		add_results(cmd, &job[i].cmd);
	}
}
