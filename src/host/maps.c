// SPDX-License-Identifier: GPL-2.0-only
/*
 * In /proc/PID/maps, a mapping of a VFIO device is an anonymous inode, with the region in bits
 * 40 and up of the offset (VFIO_PCI_OFFSET_SHIFT). The fdinfo of the file with the same inode
 * names the device, in recent kernels ("vfio-device-syspath", vfio_device_show_fdinfo()).
 * Without it, the device is known only if the process has a single VFIO device open.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "host/maps.h"
#include "lib/array.h"

#define VFIO_PCI_OFFSET_SHIFT 40
#define VFIO_PCI_ROM_REGION   6 /* regions below it are BARs */

struct process {
	uint32_t pid;
	time_t read_at;	       /* CLOCK_MONOTONIC */
	struct host_map *maps; /* in order */
	size_t nr, room;
	struct process *next;
};

struct host_maps {
	struct process *first;
};

struct host_maps *host_maps__new(void)
{
	return calloc(1, sizeof(struct host_maps));
}

/* The BDF is the last part of the device's path in sysfs. */
static bool fdinfo_bdf(uint32_t pid, const char *fd, char *bdf, size_t size)
{
	char path[320], line[512];
	const char *key = "vfio-device-syspath:", *slash;
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/fdinfo/%s", pid, fd);
	f = fopen(path, "re");
	while (f && !found && fgets(line, sizeof(line), f)) {
		if (strncmp(line, key, strlen(key)))
			continue;
		slash = strrchr(line, '/');
		if (slash)
			snprintf(bdf, size, "%.*s", (int)strcspn(slash + 1, "\n"), slash + 1);
		found = slash;
	}
	if (f)
		fclose(f);
	return found;
}

/* Whether descriptor `fd` is the VFIO device with this inode. */
static bool is_device(uint32_t pid, const char *fd, uint64_t ino)
{
	char path[320], target[64];
	struct stat st;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%u/fd/%s", pid, fd);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0 || stat(path, &st))
		return false;
	target[n] = '\0';
	if (!strstr(target, "vfio-device") && !strstr(target, "/dev/vfio/devices/"))
		return false;
	return st.st_ino == ino;
}

static void find_bdf(uint32_t pid, uint64_t ino, char *bdf, size_t size)
{
	struct dirent *de;
	char path[64];
	DIR *dir;

	bdf[0] = '\0';
	snprintf(path, sizeof(path), "/proc/%u/fd", pid);
	dir = opendir(path);
	while (dir && (de = readdir(dir)))
		if (is_device(pid, de->d_name, ino) && fdinfo_bdf(pid, de->d_name, bdf, size))
			break;
	if (dir)
		closedir(dir);
}

static void add_map(struct process *p, const struct host_map *map)
{
	const struct array a = { (void **)&p->maps, &p->nr, &p->room, sizeof(*p->maps), SIZE_MAX };

	if (array__reserve(&a, 0, 1))
		p->maps[p->nr++] = *map;
}

static void name_device(const struct process *p, const char *line, struct s2_device *dev)
{
	uint64_t offset, ino;
	unsigned int region;

	if (!strstr(line, "vfio") ||
	    sscanf(line, "%*s %*s %" SCNx64 " %*s %" SCNu64, &offset, &ino) != 2)
		return;
	find_bdf(p->pid, ino, dev->bdf, sizeof(dev->bdf));
	/* Kernels that do not name the device may have replaced the offset: see s2_device_bar(). */
	region = offset >> VFIO_PCI_OFFSET_SHIFT;
	if (dev->bdf[0] && region < VFIO_PCI_ROM_REGION)
		dev->bar = (int)region;
}

static void read_line(struct process *p, const char *line)
{
	struct host_map map = { .device.bar = -1 };

	if (sscanf(line, "%" SCNx64 "-%" SCNx64, &map.start, &map.end) != 2)
		return;
	name_device(p, line, &map.device);
	add_map(p, &map);
}

static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

static struct process *read_process(uint32_t pid)
{
	struct process *p = calloc(1, sizeof(*p));
	char path[64], line[512];
	FILE *f;

	if (!p)
		return NULL;
	p->pid = pid;
	p->read_at = now();
	snprintf(path, sizeof(path), "/proc/%u/maps", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		read_line(p, line);
	if (f)
		fclose(f);
	return p;
}

static struct process *get_process(struct host_maps *hm, uint32_t pid)
{
	struct process *p;

	for (p = hm->first; p; p = p->next)
		if (p->pid == pid)
			return p;
	p = read_process(pid);
	if (p) {
		p->next = hm->first;
		hm->first = p;
	}
	return p;
}

/* The first map that ends above `hva`, or NULL. */
static const struct host_map *map_from(const struct process *p, uint64_t hva)
{
	size_t low = 0, high = p ? p->nr : 0, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (p->maps[mid].end > hva)
			high = mid;
		else
			low = mid + 1;
	}
	return p && low < p->nr ? &p->maps[low] : NULL;
}

static bool find_map(const struct process *p, uint64_t hva, struct host_map *map)
{
	const struct host_map *at = map_from(p, hva);

	if (!at || at->start > hva)
		return false;
	*map = *at;
	return true;
}

static bool is_old(const struct process *p)
{
	return p && p->read_at != now();
}

void host_maps__refresh(struct host_maps *hm, uint32_t pid)
{
	struct process *p;

	for (p = hm->first; p; p = p->next)
		if (p->pid == pid)
			break;
	if (is_old(p))
		host_maps__forget(hm, pid);
}

bool host_maps__find(struct host_maps *hm, uint32_t pid, uint64_t hva, struct host_map *map)
{
	struct process *p = get_process(hm, pid);

	if (find_map(p, hva, map))
		return true;
	/* It may have been mapped since the last read: read again, but not for every fault. */
	if (!is_old(p))
		return false;
	host_maps__forget(hm, pid);
	return find_map(get_process(hm, pid), hva, map);
}

bool host_maps__next(struct host_maps *hm, uint32_t pid, uint64_t hva, struct host_map *map)
{
	const struct host_map *at = map_from(get_process(hm, pid), hva);

	if (at)
		*map = *at;
	return at;
}

static void free_process(struct process *p)
{
	free(p->maps);
	free(p);
}

void host_maps__forget(struct host_maps *hm, uint32_t pid)
{
	struct process **at = &hm->first, *p;

	while ((p = *at)) {
		if (p->pid == pid) {
			*at = p->next;
			free_process(p);
		} else {
			at = &p->next;
		}
	}
}

void host_maps__free(struct host_maps *hm)
{
	struct process *p;

	while (hm && (p = hm->first)) {
		hm->first = p->next;
		free_process(p);
	}
	free(hm);
}
