/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * s2guest: a small VMM that causes stage-2 decisions on purpose, and reports which.
 *
 * One process is one VM. A situation sets up memory, maps it into the VM, makes the guest
 * touch it, and notes beforehand what KVM must decide.
 */
#ifndef S2GUEST_GUEST_H
#define S2GUEST_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "payload.h"
#include "uapi.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define KIB(n)	      ((uint64_t)(n) << 10)
#define MIB(n)	      ((uint64_t)(n) << 20)
#define GIB(n)	      ((uint64_t)(n) << 30)

#define MAX_VCPUS    64
#define MAX_LIVE     4
#define EXIT_SKIPPED 77 /* this host cannot cause the situation */
#define NO_PA	     (~0ULL)

/* Set by SIGINT and SIGTERM: finish the current action, report, exit. */
extern volatile int guest_stop;
/* A SIGBUS has come: the page is poisoned. */
extern __thread volatile int guest_sigbus;

void die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
void skip(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
uint64_t page_size(void);
uint64_t pmd_size(void);
uint64_t cont_pte_size(void);
uint64_t cont_pmd_size(void);
bool read_u64(const char *path, uint64_t *val);
bool write_text(const char *path, const char *text);
uint64_t round_up(uint64_t v, uint64_t to);

/* --- args.c: the command line --- */
struct args {
	const char *situation;
	const char *name;
	const char *device;
	const char *barrier;
	uint64_t vcpus;
	uint64_t size; /* 0: the situation's default */
	uint64_t phys; /* of /dev/mem situations; 0: the GPU's memory */
	uint64_t seconds;
	uint64_t rate;
	uint64_t hold;
	uint64_t churn;
	uint64_t fwb, dic; /* of the host: 0, 1; 2 ask KVM */
	const char *era;   /* of the host's kernel */
	bool list;
	bool help;
};

int args_parse(struct args *args, int argc, char **argv);
void args_usage(FILE *f);

/* --- vm.c: KVM --- */
struct vcpu {
	int fd;
	unsigned int id;
	struct kvm_run *run;
};

struct vm {
	int kvm, fd;
	unsigned int nr_vcpus;
	bool nested;
	size_t run_size;
	struct vcpu vcpu[MAX_VCPUS];
};

/* A command for the payload, and its result. */
struct cmd {
	uint64_t base, count, stride, op;
	uint64_t injected; /* aborts that the guest took */
	uint64_t esr;	   /* of the last one */
	uint64_t failed;   /* accesses at which KVM_RUN failed */
	int err;	   /* errno of the last failure */
	uint64_t mmio;	   /* accesses that ended as MMIO */
	uint64_t poisoned; /* accesses answered by SIGBUS */
};

struct vm_opts {
	unsigned int nr_vcpus;
	unsigned long type; /* of KVM_CREATE_VM */
	bool mte;
	bool nested;	      /* the vCPUs have an EL2 of their own */
	bool nisv_to_user;    /* KVM exits to us for MMIO that it cannot decode */
	uint64_t eager_split; /* bytes split at once when dirty logging begins; 0: none */
};

struct vm *vm__new(const struct vm_opts *opts);
void vm__start(struct vm *vm);
void vm__reset(struct vm *vm);
int vm__set_slot(struct vm *vm, const struct kvm_userspace_memory_region *r);
int vm__get_dirty_log(struct vm *vm, int slot, uint64_t npages);
void vm__free(struct vm *vm);
void vcpu__command(struct vcpu *vcpu, struct cmd *cmd);
uint64_t vcpu__vectors(void);
void vcpu__set_sysreg(struct vcpu *vcpu, uint64_t id, uint64_t val);
void vm__command(struct vm *vm, struct cmd *cmd, bool same_range);

/* --- mem.c: memory for the guest --- */
enum zap {
	ZAP_NONE,
	ZAP_DONTNEED, /* madvise(MADV_DONTNEED) */
	ZAP_REMAP,    /* map the same thing again over it */
};

struct region {
	/* What it is, and its entries in the host's page tables. */
	uint8_t *hva;
	uint64_t size;
	int fd;		 /* -1: anonymous */
	off_t offset;	 /* within fd */
	int prot, flags; /* of mmap */
	int advice;	 /* of madvise, -1 none */
	uint64_t phys;	 /* NO_PA: ask pagemap */
	enum zap zap;
	/* Its memslot. */
	int slot;
	uint64_t ipa;
	uint32_t slot_flags;
	/* What KVM must make of it. */
	const char *type;
	uint64_t unit;	   /* bytes of a mapping */
	uint64_t vma_page; /* page size of the VMA */
	const char *limit;
	const char *vma_attr;
	const char *vma_has, *vma_hasnt; /* flags, separated by commas */
	bool pfnmap;
	bool writable;
	const char *bdf; /* NULL: not memory of a device */
	int bar;
};

void *reserve(uint64_t size, uint64_t align);
void region__map(struct region *r, void *at);
void region__anon(struct region *r, uint64_t size);
void region__thp(struct region *r, uint64_t size);
void region__hugetlb_of(struct region *r, uint64_t page, uint64_t pages);
void region__hugetlb(struct region *r, uint64_t size);
void region__shared(struct region *r, uint64_t size);
void region__file(struct region *r, uint64_t size, int prot);
void region__vmcore(struct region *r, uint64_t size);
void region__devmem(struct region *r, uint64_t phys, uint64_t size);
void region__populate(struct region *r, bool insns);
void region__fault_in(const struct region *r, uint64_t offset, uint64_t count);
void region__drop(struct region *r);
uint64_t region__pa(const struct region *r, uint64_t offset);

/* --- vfio.c: memory of a device --- */
#define NVGRACE_DRIVER "nvgrace_gpu_vfio_pci"
#define BAR_RESMEM     2
#define BAR_USEMEM     4

struct bar_info {
	int fd; /* of the device */
	uint64_t offset, size;
	uint64_t phys; /* NO_PA: unknown */
	bool cacheable;
	const char *attr; /* of the VMA */
};

const char *vfio_find(const char *driver);
bool vfio_has_bar(const char *bdf, int bar);
int vfio_first_bar(const char *bdf);
void vfio_open_bar(const char *bdf, int bar, struct bar_info *info);
bool gpu_memory(const char *bdf, uint64_t *base, uint64_t *size);
void region__bar(struct region *r, const char *bdf, int bar, uint64_t size);

/* --- expect.c: what KVM must decide --- */
struct decision {
	uint64_t ipa, stride, count, wrap;
	uint64_t fault_offset; /* of the access, from the base of the mapping */
	uint64_t hva;	       /* of the access; 0: no memslot */
	uint64_t size;	       /* 0: nothing was mapped */
	uint64_t vma_page;     /* 0: not asked for */
	uint64_t pa;	       /* of the first; NO_PA: see pas */
	uint64_t *pas;
	const char *type, *access, *fault, *outcome, *reason, *limit;
	bool type_inferred; /* nothing has that type: the mapping was refused */
	const char *vma_attr, *vma_has, *vma_hasnt;
	char prot[4];
	int slot; /* -1: none */
	int ret;
	int kernel_mapped; /* -1: not checked */
	int map_writable;  /* the same */
	const char *bdf;   /* of the device whose memory it is */
	int bar;	   /* -1: the kernel does not tell */
	bool bdf_maybe;	   /* known from the memslot only: the kernel has no fdinfo for it */
	bool dirty_log;
	bool mte;
	bool nested;
	bool vncr; /* on the VNCR page: only addresses that are known are compared */
	bool any_ret;
	bool optional; /* may be missing, as races may */
};

struct env;

struct decision *expect_decision(struct env *env, const struct decision *d);
void expect_slot(struct env *env, const char *change, const struct kvm_userspace_memory_region *r,
		 int ret, const char *reason);

/* A change of stage 2 that is not a fault. */
struct change {
	const char *kind; /* "unmap", "protect" */
	const char *word; /* its cause, or operation */
	int nested;	  /* index of the shadow MMU */
	uint64_t ipa, size;
};

#define NOT_NESTED (-1)
#define ANY_SIZE   UINT64_MAX /* not known here: that of a shadow MMU */

void expect_change(struct env *env, const struct change *c);
void expect_unmap(struct env *env, const char *cause, uint64_t ipa, uint64_t size);
void expect_protect(struct env *env, const char *op, uint64_t ipa, uint64_t size);
uint64_t expect_count(const struct env *env, const char *outcome);
void expect_print(const struct env *env, FILE *f);

/* --- env.c: building blocks of situations --- */
struct live {
	struct region *r;
	const char *access;
	struct decision *d; /* grows with every access */
	uint64_t cursor;
};

struct env {
	const struct args *args;
	struct vm *vm;
	struct vm_opts opts;
	unsigned int nr_vms;
	bool started; /* the payload has run: its page is mapped */
	bool fwb, dic;
	bool asks_vma;	/* KVM asks VMAs what device memory is: since 6.17 */
	bool protected; /* the VM is a protected one */
	bool nested;	/* the vCPU is in a nested guest */
	struct region code;
	struct region region[8];
	int nr_regions;
	struct live live[MAX_LIVE];
	int nr_live;
	struct expectation *first_exp, *last_exp;
	uint64_t injected, failed, mmio, poisoned; /* accesses so far */
};

struct region *env__region(struct env *env);
void env__boot(struct env *env);
void env__shutdown(struct env *env);

void env__add_slot(struct env *env, struct region *r);
bool env__try_slot(struct env *env, struct region *r);
void env__refuse_slot(struct env *env, struct region *r, const char *change, int err,
		      const char *reason);
void env__set_flags(struct env *env, struct region *r, uint32_t flags);
void env__delete_slot(struct env *env, struct region *r);
void env__move_slot(struct env *env, struct region *r, uint64_t ipa);

struct decision *env__mapped(struct env *env, struct region *r, const char *access, uint64_t first,
			     uint64_t count);
struct decision *env__page(struct env *env, struct region *r, const char *access, uint64_t offset,
			   uint64_t count);
struct decision *env__rejected(struct env *env, struct region *r, const char *access,
			       uint64_t offset, const char *reason);
struct decision *env__injected(struct env *env, struct region *r, const char *access,
			       uint64_t offset, const char *reason);
struct decision *env__injected_nowhere(struct env *env, const char *access, uint64_t ipa,
				       const char *reason);
struct decision *env__rejected_nowhere(struct env *env, const char *access, uint64_t ipa,
				       const char *reason);
struct decision *env__copied(struct env *env, struct region *r, uint64_t first, uint64_t count);

void env__command(struct env *env, struct cmd *cmd, bool same_range);
void env__touch(struct env *env, struct region *r, const char *access, uint64_t offset,
		uint64_t count, uint64_t stride);
void env__touch_ipa(struct env *env, uint64_t ipa, const char *access);
struct decision *env__touch_units(struct env *env, struct region *r, const char *access);
struct decision *env__race(struct env *env, struct region *r);
void env__note_pas(struct env *env, struct region *r, struct decision *d);
void env__zap(struct env *env, struct region *r);
void env__live(struct env *env, struct region *r, const char *access);
void env__run_live(struct env *env);

const char *env__prot(const struct env *env, bool writable, bool cacheable, const char *access);
const char *pfnmap_reason(const struct env *env);
bool cacheable_pfnmap(const struct env *env);
int kernel_mapped(const struct env *env, const struct region *r);

/* --- situations --- */
struct situation {
	const char *name;
	const char *help;
	void (*run)(struct env *env);
};

extern const struct situation memory_situations[];
extern const struct situation device_situations[];
extern const struct situation fault_situations[];
extern const struct situation slot_situations[];
extern const struct situation mode_situations[];

#endif /* S2GUEST_GUEST_H */
