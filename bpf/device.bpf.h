/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which VFIO device and BAR is behind a VMA. /proc says the same for as long as the process
 * lives; a VMM that is refused a memslot ends at once.
 *
 * Types of VFIO are in the BTF of its modules, and missing where those are not loaded.
 */
#ifndef S2TRACE_BPF_DEVICE_H
#define S2TRACE_BPF_DEVICE_H

#include "kernel.h"
#include <s2trace/event.h>
#include <s2trace/path.h>

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

/* Since 6.6 (b1a59be8a2b6) what a file of VFIO has for private data; before, the device. */
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
 * Files of VFIO have each region at an offset of its own. Before 6.11 (aac6db75a9fc, which
 * removed vma_list) vfio-pci replaced it by the BAR's address.
 */
static __always_inline __s32 s2_device_bar(const struct vm_area_struct *vma, __u32 page_shift)
{
	__u64 region = BPF_CORE_READ(vma, vm_pgoff) >> (VFIO_PCI_OFFSET_SHIFT - page_shift);

	if (bpf_core_field_exists(struct vfio_pci_core_device, vma_list))
		return -1;
	return region < VFIO_PCI_NR_BARS ? (__s32)region : -1;
}

/* Leaves `out` alone where there is no device that it can tell. */
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
	/* A name as long as that is cut, and not of a PCI function. */
	if (len <= 0 || len >= (long)sizeof(out->bdf))
		out->bdf[0] = '\0';
	else
		out->bar = s2_device_bar(vma, page_shift);
}

#endif /* S2TRACE_BPF_DEVICE_H */
