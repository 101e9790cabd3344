/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VFIO device and BAR behind a VMA. /proc shows them only while the process lives, and a
 * VMM usually exits as soon as KVM rejects a memslot.
 *
 * VFIO's types are in the BTF of its modules, and missing if those are not loaded.
 */
#ifndef S2TRACE_BPF_DEVICE_H
#define S2TRACE_BPF_DEVICE_H

#include "kernel.h"
#include <s2trace/event.h>
#include <s2trace/fault.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct kobject {
	const char *name;
};

struct device {
	struct kobject kobj;
};

struct vfio_device {
	struct device *dev;
};

/* Private data of VFIO files since 6.6 (b1a59be8a2b6); before, it was the device. */
struct vfio_device_file {
	struct vfio_device *device;
};

struct vfio_pci_core_device {
	void *vma_list; /* see s2_device_bar() */
};

#pragma clang attribute pop

#define VFIO_PCI_OFFSET_SHIFT 40
#define VFIO_PCI_NR_BARS      6

/* "[vfio-device]" of a VFIO group, or /dev/vfio/devices/vfioN. */
static __always_inline bool s2_file_is_vfio(const struct file *file)
{
	const struct dentry *d = BPF_CORE_READ(file, f_path.dentry);
	char name[16] = {}, dir[16] = {};

	bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(d, d_name.name));
	bpf_probe_read_kernel_str(dir, sizeof(dir), BPF_CORE_READ(d, d_parent, d_name.name));
	return !bpf_strncmp(name, sizeof(name), "[vfio-device]") ||
	       (!bpf_strncmp(name, 4, "vfio") && !bpf_strncmp(dir, sizeof(dir), "devices"));
}

static __always_inline const struct device *s2_file_device(const struct file *file)
{
	const void *private = BPF_CORE_READ(file, private_data);

	if (bpf_core_type_exists(struct vfio_device_file))
	private = BPF_CORE_READ((const struct vfio_device_file *)private, device);
	if (!bpf_core_type_exists(struct vfio_device))
		return NULL;
	return BPF_CORE_READ((const struct vfio_device *)private, dev);
}

/*
 * In VFIO files, each region has its own offset. Before 6.11 (aac6db75a9fc, which removed
 * vma_list), vfio-pci replaced it with the BAR's address. So does nvgrace-gpu for its memory, as
 * long as it maps all of it at once: such a VMA has no private data.
 */
static __always_inline __s32 s2_device_bar(const struct vm_area_struct *vma, __u32 page_shift)
{
	__u64 region = BPF_CORE_READ(vma, vm_pgoff) >> (VFIO_PCI_OFFSET_SHIFT - page_shift);

	if (bpf_core_field_exists(struct vfio_pci_core_device, vma_list) ||
	    (!region && !BPF_CORE_READ(vma, vm_private_data)))
		return -1;
	return region < VFIO_PCI_NR_BARS ? (__s32)region : -1;
}

/* Leaves `out` unchanged if no device can be found. */
static __always_inline void s2_vma_device(const struct vm_area_struct *vma, __u32 page_shift,
					  struct s2_device *out)
{
	const struct file *file = BPF_CORE_READ(vma, vm_file);
	const struct device *dev;
	long len;

	if (!(BPF_CORE_READ(vma, vm_flags) & S2_VM_PFNMAP) || !file || !s2_file_is_vfio(file))
		return;
	dev = s2_file_device(file);
	if (!dev)
		return;
	len = bpf_probe_read_kernel_str(out->bdf, sizeof(out->bdf), BPF_CORE_READ(dev, kobj.name));
	/* A name this long was truncated, and does not belong to a PCI function. */
	if (len <= 0 || len >= (long)sizeof(out->bdf))
		out->bdf[0] = '\0';
	else
		out->bar = s2_device_bar(vma, page_shift);
}

#endif /* S2TRACE_BPF_DEVICE_H */
