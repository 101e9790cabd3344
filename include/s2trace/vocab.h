/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The vocabulary shared by the BPF programs and the user side.
 *
 * Each enum and its names come from one table (an X-macro): both sides expand the
 * enumerators, src/model/vocab.c expands the names. The enumerators are independent of the
 * kernel's: the loader resolves those by name in the kernel's BTF (src/source/kmap.c), so
 * kernels may reorder, add or drop them.
 *
 * Names are stable, because scripts rely on them.
 */
#ifndef S2TRACE_VOCAB_H
#define S2TRACE_VOCAB_H

#define S2_ENUM_ID(id, ...) S2_ENUM_ID_(id)
#define S2_ENUM_ID_(id)	    id,

/*
 * Stage-2 memory types, as KVM writes them to MemAttr[3:0] of the leaf
 * (Arm ARM D8.6, "Stage 2 memory type and Cacheability attributes").
 */
#define S2_MEMTYPES(X)                                                                             \
	X(S2_MEMTYPE_NORMAL, "NORMAL")                                                             \
	X(S2_MEMTYPE_NORMAL_NC, "NORMAL_NC")                                                       \
	X(S2_MEMTYPE_DEVICE_nGnRE, "DEVICE_nGnRE")                                                 \
	X(S2_MEMTYPE_NONE, "NONE")

/*
 * VMA memory attributes: MAIR_EL1 indices of the host's stage 1, in the kernel's
 * own order (arch/arm64/include/asm/memory.h, MT_*).
 */
#define S2_VMA_ATTRS(X)                                                                            \
	X(S2_VMA_NORMAL, "NORMAL")                                                                 \
	X(S2_VMA_NORMAL_TAGGED, "NORMAL_TAGGED")                                                   \
	X(S2_VMA_NORMAL_NC, "NORMAL_NC")                                                           \
	X(S2_VMA_DEVICE_nGnRnE, "DEVICE_nGnRnE")                                                   \
	X(S2_VMA_DEVICE_nGnRE, "DEVICE_nGnRE")

#define S2_OUTCOMES(X)                                                                             \
	X(S2_OUTCOME_MAPPED, "mapped", "a leaf was written")                                       \
	X(S2_OUTCOME_RELAXED, "relaxed", "permissions were relaxed, the type was not rewritten")   \
	X(S2_OUTCOME_RETRIED, "retried", "lost a race; the guest faults again")                    \
	X(S2_OUTCOME_REJECTED, "rejected", "KVM_RUN returns the error to the VMM")                 \
	X(S2_OUTCOME_INJECTED, "injected", "an exception was injected into the guest")             \
	X(S2_OUTCOME_POISONED, "poisoned", "the page is poisoned; the VMM is told")                \
	X(S2_OUTCOME_ACCESS_FLAG, "access_flag", "only the access flag was set")

/*
 * One reason per predicate that can prevent a mapping. The views print the last column.
 */
#define S2_REASONS(X)                                                                              \
	X(S2_REASON_NONE, "none", "no reason")                                                     \
	X(S2_REASON_PFNMAP_NEEDS_FWB, "pfnmap_needs_fwb",                                          \
	  "cacheable PFNMAP needs FEAT_S2FWB, which this host lacks")                              \
	X(S2_REASON_PFNMAP_NEEDS_DIC, "pfnmap_needs_dic",                                          \
	  "cacheable PFNMAP needs CTR_EL0.DIC, which this host lacks")                             \
	X(S2_REASON_PFNMAP_NEEDS_FWB_DIC, "pfnmap_needs_fwb_dic",                                  \
	  "cacheable PFNMAP needs FWB and DIC, this host lacks both")                              \
	X(S2_REASON_EXEC_ON_NONCACHEABLE, "exec_on_noncacheable",                                  \
	  "instruction fetch from memory not mapped cacheable")                                    \
	X(S2_REASON_EXEC_NO_MEMSLOT, "exec_no_memslot", "instruction fetch outside any memslot")   \
	X(S2_REASON_S1PTW_NO_MEMSLOT, "s1ptw_no_memslot",                                          \
	  "guest page tables lie outside any (writable) memslot")                                  \
	X(S2_REASON_MTE_NOT_ALLOWED, "mte_not_allowed",                                            \
	  "the VM has MTE, but the VMA lacks VM_MTE_ALLOWED")                                      \
	X(S2_REASON_NO_VMA, "no_vma", "nothing is mapped at the HVA of the memslot")               \
	X(S2_REASON_BAD_PFN, "bad_pfn", "the host could not resolve the HVA to a page frame")      \
	X(S2_REASON_READONLY_PFN, "readonly_pfn", "write to a read-only page")                     \
	X(S2_REASON_HWPOISON, "hwpoison", "the page frame is poisoned")                            \
	X(S2_REASON_EXCL_ATOMIC, "excl_atomic",                                                    \
	  "this memory type has no exclusive or atomic access")                                    \
	X(S2_REASON_INVALID_IPA, "invalid_ipa", "the CPU reported no fault address")               \
	X(S2_REASON_IPA_OUT_OF_RANGE, "ipa_out_of_range", "beyond the IPA size of the VM")         \
	X(S2_REASON_UNSUPPORTED_FSC, "unsupported_fsc", "fault status that KVM does not handle")   \
	X(S2_REASON_NOTIFIER_RACE, "notifier_race",                                                \
	  "the host changed its mapping during the fault")                                         \
	X(S2_REASON_WALK_RACE, "walk_race", "another vCPU changed the same stage-2 entry")         \
	X(S2_REASON_NO_MEMORY, "no_memory", "no memory for stage-2 tables")                        \
	X(S2_REASON_MAP_FAILED, "map_failed", "the stage-2 walk failed")                           \
	X(S2_REASON_GMEM_NO_PFN, "gmem_no_pfn", "guest_memfd has no page at this offset")          \
	X(S2_REASON_NESTED_WALK, "nested_walk", "the L1 hypervisor's stage 2 does not map it")     \
	X(S2_REASON_NESTED_PERM, "nested_perm", "the L1 hypervisor's stage 2 does not permit it")  \
	X(S2_REASON_PKVM_PIN_FAILED, "pkvm_pin_failed", "pKVM could not pin the page")             \
	X(S2_REASON_PKVM_NOT_SWAPBACKED, "pkvm_not_swapbacked",                                    \
	  "pKVM supports only anonymous and shmem pages")                                          \
	X(S2_REASON_PKVM_ACCOUNT, "pkvm_account", "RLIMIT_MEMLOCK does not allow one more page")   \
	X(S2_REASON_PFNMAP_DIRTY_LOG, "pfnmap_dirty_log",                                          \
	  "dirty logging was asked for on PFNMAP memory")                                          \
	X(S2_REASON_MEMSLOT_PROTECTED, "memslot_protected",                                        \
	  "a protected VM does not allow this change of memslots")                                 \
	X(S2_REASON_GMEM_NOT_MAPPABLE, "gmem_not_mappable",                                        \
	  "guest_memfd must be mappable by userspace on arm64")                                    \
	X(S2_REASON_GMEM_MTE, "gmem_mte", "guest_memfd in a VM with MTE")                          \
	X(S2_REASON_UNKNOWN, "unknown", "a reason that this s2trace does not know")                \
	X(S2_REASON_MMIO_NISV, "mmio_nisv", "MMIO by an instruction that cannot be emulated")      \
	X(S2_REASON_VNCR_WALK, "vncr_walk", "the L1 hypervisor's VNCR page cannot be translated")

#define S2_ACCESSES(X)                                                                             \
	X(S2_ACCESS_READ, "read")                                                                  \
	X(S2_ACCESS_WRITE, "write")                                                                \
	X(S2_ACCESS_EXEC, "exec")

/* ESR_ELx.xFSC, folded to its class. */
#define S2_FAULTS(X)                                                                               \
	X(S2_FAULT_TRANSLATION, "translation")                                                     \
	X(S2_FAULT_PERMISSION, "permission")                                                       \
	X(S2_FAULT_ACCESS_FLAG, "access_flag")                                                     \
	X(S2_FAULT_EXCL_ATOMIC, "excl_atomic")                                                     \
	X(S2_FAULT_OTHER, "other")

/* Why a mapping is not larger. */
#define S2_LIMITS(X)                                                                               \
	X(S2_LIMIT_NONE, "none", "as large as stage 2 can map")                                    \
	X(S2_LIMIT_HOST_PAGE, "host_page", "the host's own page is no larger")                     \
	X(S2_LIMIT_ALIGN, "align", "HVA and IPA differ in alignment")                              \
	X(S2_LIMIT_SLOT_EDGE, "slot_edge", "a larger block would leave the memslot")               \
	X(S2_LIMIT_DIRTY_LOG, "dirty_log", "dirty logging maps pages only")                        \
	X(S2_LIMIT_NESTED, "nested", "the L1 hypervisor's own mapping is no larger")               \
	X(S2_LIMIT_PMD_CAP, "pmd_cap", "this path maps PMD-sized blocks at most")                  \
	X(S2_LIMIT_GMEM, "gmem", "guest_memfd is mapped in pages")                                 \
	X(S2_LIMIT_PROTECTED, "protected", "protected VMs are mapped in pages")                    \
	X(S2_LIMIT_PERM, "perm", "kept at the size of the existing mapping")                       \
	X(S2_LIMIT_CONTIG, "contig_hugetlb", "KVM maps contiguous huge pages by page or PMD")

#define S2_SLOT_CHANGES(X)                                                                         \
	X(S2_SLOT_CREATE, "create")                                                                \
	X(S2_SLOT_DELETE, "delete")                                                                \
	X(S2_SLOT_MOVE, "move")                                                                    \
	X(S2_SLOT_FLAGS_ONLY, "flags_only")

#define S2_UNMAP_CAUSES(X)                                                                         \
	X(S2_UNMAP_MMU_NOTIFIER, "mmu_notifier")                                                   \
	X(S2_UNMAP_MEMSLOT, "memslot")                                                             \
	X(S2_UNMAP_VCPU_RESET, "vcpu_reset")                                                       \
	X(S2_UNMAP_NESTED_TLBI, "nested_tlbi")                                                     \
	X(S2_UNMAP_NESTED_SHADOW, "nested_shadow")                                                 \
	X(S2_UNMAP_NESTED_REUSE, "nested_reuse")                                                   \
	X(S2_UNMAP_GUEST_MEMFD, "guest_memfd")                                                     \
	X(S2_UNMAP_OTHER, "other")

#define S2_PROTECT_OPS(X)                                                                          \
	X(S2_PROTECT_WRITE, "write_protect")                                                       \
	X(S2_PROTECT_SPLIT, "split")

#define S2_CMO_OPS(X)                                                                              \
	X(S2_CMO_DCACHE_CLEAN_INVAL, "dcache_clean_inval")                                         \
	X(S2_CMO_ICACHE_INVAL, "icache_inval")

#define S2_VM_EVENTS(X)                                                                            \
	X(S2_VM_CREATED, "created")                                                                \
	X(S2_VM_FOUND, "found")                                                                    \
	X(S2_VM_DESTROYED, "destroyed")                                                            \
	X(S2_VM_RETIRED, "retired") /* its totals are final; its end may have been missed */

/*
 * How kernels decide. Each era is named after its first kernel; rfc-v2 was proposed in
 * November 2024 and never merged. In vendors' kernels that had the GPU's memory cacheable
 * before mainline (NVIDIA 6.8 to 6.14), the VMA alone chooses the type: vma. Those with
 * Extended GPU Memory also allow its execution: vma-exec.
 */
#define S2_ERAS(X)                                                                                 \
	X(S2_ERA_6_1, "6.1")                                                                       \
	X(S2_ERA_6_9, "6.9")                                                                       \
	X(S2_ERA_6_17, "6.17")                                                                     \
	X(S2_ERA_7_1, "7.1")                                                                       \
	X(S2_ERA_RFC_V2, "rfc-v2")                                                                 \
	X(S2_ERA_VMA, "vma")                                                                       \
	X(S2_ERA_VMA_EXEC, "vma-exec")

/* The source of an event. */
#define S2_BACKENDS(X)                                                                             \
	X(S2_BACKEND_TRACEPOINT, "tracepoint")                                                     \
	X(S2_BACKEND_FENTRY, "fentry")                                                             \
	X(S2_BACKEND_KPROBE, "kprobe")                                                             \
	X(S2_BACKEND_SURVEY, "survey")

/* Level of a stage-2 leaf: PAGE_SIZE, PMD_SIZE, PUD_SIZE. */
#define S2_LEVELS(X)                                                                               \
	X(S2_LEVEL_PAGE, "page")                                                                   \
	X(S2_LEVEL_PMD, "pmd")                                                                     \
	X(S2_LEVEL_PUD, "pud")

/* Places that can lose events; each is counted (struct s2_stats). */
#define S2_LOSSES(X)                                                                               \
	X(S2_LOST_RING, "ring", "a decision: the ring buffer was full")                            \
	X(S2_LOST_RING_OTHER, "ring_other", "an event of another type: the ring buffer was full")  \
	X(S2_LOST_VM_TABLE, "vm_table", "more VMs at once than --max-vms")                         \
	X(S2_LOST_RECURSION, "recursion", "the kernel skipped the program (recursion)")            \
	X(S2_LOST_FLIGHT, "in_flight", "a fault: too many at once, or a function return was missed")

enum s2_memtype { S2_MEMTYPES(S2_ENUM_ID) S2_MEMTYPE__MAX };
enum s2_vma_attr { S2_VMA_ATTRS(S2_ENUM_ID) S2_VMA__MAX, S2_VMA_UNKNOWN = 0xff };
enum s2_outcome { S2_OUTCOMES(S2_ENUM_ID) S2_OUTCOME__MAX };
enum s2_reason { S2_REASONS(S2_ENUM_ID) S2_REASON__MAX };
enum s2_access { S2_ACCESSES(S2_ENUM_ID) S2_ACCESS__MAX };
enum s2_fault { S2_FAULTS(S2_ENUM_ID) S2_FAULT__MAX };
enum s2_limit { S2_LIMITS(S2_ENUM_ID) S2_LIMIT__MAX };
enum s2_slot_change { S2_SLOT_CHANGES(S2_ENUM_ID) S2_SLOT__MAX };
enum s2_unmap_cause { S2_UNMAP_CAUSES(S2_ENUM_ID) S2_UNMAP__MAX };
enum s2_protect_op { S2_PROTECT_OPS(S2_ENUM_ID) S2_PROTECT__MAX };
enum s2_cmo_op { S2_CMO_OPS(S2_ENUM_ID) S2_CMO__MAX };
enum s2_vm_event { S2_VM_EVENTS(S2_ENUM_ID) S2_VM__MAX };
enum s2_era { S2_ERAS(S2_ENUM_ID) S2_ERA__MAX };
enum s2_backend { S2_BACKENDS(S2_ENUM_ID) S2_BACKEND__MAX };
enum s2_level { S2_LEVELS(S2_ENUM_ID) S2_LEVEL__MAX };
enum s2_loss { S2_LOSSES(S2_ENUM_ID) S2_LOST__MAX };

/* Number of memory types that a leaf can have, which excludes S2_MEMTYPE_NONE. */
#define S2_MEMTYPE_LEAVES S2_MEMTYPE_NONE

#endif /* S2TRACE_VOCAB_H */
