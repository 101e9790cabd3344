// SPDX-License-Identifier: GPL-2.0-only
/* Memory of a PCI device, with VFIO: its group and a type 1 container. */
#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "guest.h"

#define PCI_DEVICES "/sys/bus/pci/devices"
#define RESMEM_SIZE GIB(1)   /* resmem of nvgrace-gpu on a Grace Hopper ... */
#define MEMBLK_SIZE MIB(512) /* ... and rounds the rest down to */

/* The last component of a link's target, or NULL. */
static const char *link_name(const char *bdf, const char *link)
{
	static char target[PATH_MAX];
	char path[PATH_MAX];
	char *slash;
	ssize_t n;

	snprintf(path, sizeof(path), PCI_DEVICES "/%s/%s", bdf, link);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return NULL;
	target[n] = '\0';
	slash = strrchr(target, '/');
	return slash ? slash + 1 : target;
}

/* The first device bound to the driver, or NULL. */
const char *vfio_find(const char *driver)
{
	static char found[32];
	struct dirent *e;
	DIR *d = opendir(PCI_DEVICES);

	found[0] = '\0';
	while (d && (e = readdir(d))) {
		const char *name = e->d_name[0] == '.' ? NULL : link_name(e->d_name, "driver");

		if (!name || strcmp(name, driver) || strlen(e->d_name) >= sizeof(found))
			continue;
		if (!found[0] || strcmp(e->d_name, found) < 0)
			strcpy(found, e->d_name);
	}
	if (d)
		closedir(d);
	return found[0] ? found : NULL;
}

static bool read_property(const char *bdf, const char *name, uint64_t *val)
{
	char path[PATH_MAX];
	int fd;
	bool ok;

	snprintf(path, sizeof(path), PCI_DEVICES "/%s/of_node/%s", bdf, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ok = read(fd, val, sizeof(*val)) == sizeof(*val);
	close(fd);
	*val = be64toh(*val);
	return ok;
}

/* The GPU's memory, from firmware. */
bool gpu_memory(const char *bdf, uint64_t *base, uint64_t *size)
{
	return read_property(bdf, "nvidia,gpu-mem-base-pa", base) &&
	       read_property(bdf, "nvidia,gpu-mem-size", size);
}

static bool bar_resource(const char *bdf, int bar, uint64_t *start, uint64_t *size)
{
	char path[PATH_MAX];
	unsigned long long first = 0, last = 0, flags;
	bool ok = true;
	FILE *f;

	snprintf(path, sizeof(path), PCI_DEVICES "/%s/resource", bdf);
	f = fopen(path, "re");
	if (!f)
		return false;
	for (int i = 0; ok && i <= bar; i++)
		ok = fscanf(f, "%llx %llx %llx", &first, &last, &flags) == 3;
	fclose(f);
	if (!ok || !last)
		return false;
	*start = first;
	*size = last - first + 1;
	return true;
}

/* The real BARs 2 and 4 of such a device are replaced by its driver. */
static bool is_gpu_memory(const char *bdf, int bar)
{
	const char *driver = link_name(bdf, "driver");

	return driver && !strcmp(driver, NVGRACE_DRIVER) &&
	       (bar == BAR_RESMEM || bar == BAR_USEMEM);
}

/* nvgrace-gpu splits the memory in two if there is a resmem region. */
static void split_gpu_memory(struct bar_info *info, const char *bdf, int bar, bool resmem)
{
	uint64_t base, size, usemem;

	if (!gpu_memory(bdf, &base, &size)) {
		info->phys = NO_PA;
		return;
	}
	usemem = resmem ? (size - RESMEM_SIZE) / MEMBLK_SIZE * MEMBLK_SIZE : size;
	info->phys = bar == BAR_USEMEM ? base : base + usemem;
	info->size = bar == BAR_USEMEM ? usemem : size - usemem;
	info->cacheable = bar == BAR_USEMEM;
	info->attr = info->cacheable ? "NORMAL" : "NORMAL_NC";
}

static int open_group(const char *bdf)
{
	const char *group = link_name(bdf, "iommu_group");
	char path[64];
	int fd;

	if (!group)
		skip("%s has no IOMMU group", bdf);
	snprintf(path, sizeof(path), "/dev/vfio/%.16s", group);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 && errno == EBUSY)
		skip("another process has %s", path);
	if (fd < 0)
		skip("%s: %s", path, strerror(errno));
	return fd;
}

/* One device per process, opened once and kept open. */
static int open_device(const char *bdf)
{
	static char opened[32];
	static int device = -1;
	int container, group;

	if (device >= 0 && !strcmp(opened, bdf))
		return device;
	container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	if (container < 0)
		skip("/dev/vfio/vfio: %s", strerror(errno));
	group = open_group(bdf);
	if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) ||
	    ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		die("VFIO container of %s: %s", bdf, strerror(errno));
	device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, bdf);
	if (device < 0)
		die("VFIO device %s: %s", bdf, strerror(errno));
	snprintf(opened, sizeof(opened), "%s", bdf);
	return device;
}

static bool region_info(int device, int bar, struct vfio_region_info *reg)
{
	*reg = (struct vfio_region_info){ .argsz = sizeof(*reg), .index = bar };
	return !ioctl(device, VFIO_DEVICE_GET_REGION_INFO, reg) && reg->size &&
	       (reg->flags & VFIO_REGION_INFO_FLAG_MMAP);
}

void vfio_open_bar(const char *bdf, int bar, struct bar_info *info)
{
	struct vfio_region_info reg, resmem;
	int device = open_device(bdf);

	if (!region_info(device, bar, &reg))
		skip("BAR%d of %s cannot be mapped", bar, bdf);
	*info = (struct bar_info){
		.fd = device,
		.offset = reg.offset,
		.size = reg.size,
		.phys = NO_PA,
		.attr = "DEVICE_nGnRnE",
	};
	if (is_gpu_memory(bdf, bar))
		split_gpu_memory(info, bdf, bar, region_info(device, BAR_RESMEM, &resmem));
	else
		bar_resource(bdf, bar, &info->phys, &info->size);
}

bool vfio_has_bar(const char *bdf, int bar)
{
	struct vfio_region_info reg;

	return region_info(open_device(bdf), bar, &reg);
}

/* The lowest mappable BAR, or -1. */
int vfio_first_bar(const char *bdf)
{
	struct vfio_region_info reg;
	int device = open_device(bdf);

	for (int bar = 0; bar < 6; bar++)
		if (region_info(device, bar, &reg))
			return bar;
	return -1;
}
