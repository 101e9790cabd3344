// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which VFIO device and BAR is mapped where in a process.
 *
 * A mapping of a VFIO device shows in /proc/PID/maps as an anonymous inode whose
 * offset has the region in bits 40 and up (VFIO_PCI_OFFSET_SHIFT). The device is
 * named by the fdinfo of the file with the same inode ("vfio-device-syspath",
 * in recent kernels: vfio_device_show_fdinfo()); without it it is not known which one it is,
 * unless the process has a single VFIO device open.
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

#include "host/host.h"

#define VFIO_PCI_OFFSET_SHIFT 40
#define VFIO_PCI_ROM_REGION   6 /* regions below it are BARs */

struct range {
	uint64_t start, end;
	struct mem_device dev;
};

struct process {
	uint32_t pid;
	time_t read_at; /* CLOCK_MONOTONIC */
	struct range *ranges;
	size_t nr;
	struct process *next;
};

struct host_devices {
	struct process *first;
};

struct host_devices *host_devices__new(void)
{
	return calloc(1, sizeof(struct host_devices));
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

/* Is descriptor `fd` a VFIO device, and the one with this inode? */
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

static void add_range(struct process *p, const struct range *r)
{
	struct range *more = realloc(p->ranges, (p->nr + 1) * sizeof(*more));

	if (!more)
		return;
	p->ranges = more;
	p->ranges[p->nr++] = *r;
}

static void read_line(struct process *p, const char *line)
{
	uint64_t offset, ino;
	unsigned int region;
	struct range r = {};
	char name[64];

	if (!strstr(line, "vfio"))
		return;
	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %" SCNx64 " %*s %" SCNu64 " %63s", &r.start,
		   &r.end, &offset, &ino, name) != 5)
		return;
	region = offset >> VFIO_PCI_OFFSET_SHIFT;
	r.dev.bar = region < VFIO_PCI_ROM_REGION ? (int)region : -1;
	find_bdf(p->pid, ino, r.dev.bdf, sizeof(r.dev.bdf));
	add_range(p, &r);
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

static struct process *get_process(struct host_devices *hd, uint32_t pid)
{
	struct process *p;

	for (p = hd->first; p; p = p->next)
		if (p->pid == pid)
			return p;
	p = read_process(pid);
	if (p) {
		p->next = hd->first;
		hd->first = p;
	}
	return p;
}

static bool find_range(const struct process *p, uint64_t hva, struct mem_device *dev)
{
	size_t i;

	for (i = 0; p && i < p->nr; i++) {
		if (hva < p->ranges[i].start || hva >= p->ranges[i].end)
			continue;
		*dev = p->ranges[i].dev;
		return true;
	}
	return false;
}

bool host_devices__find(struct host_devices *hd, uint32_t pid, uint64_t hva, struct mem_device *dev)
{
	struct process *p = get_process(hd, pid);

	if (find_range(p, hva, dev))
		return true;
	/* It may have been mapped since: look again, but not for every fault. */
	if (!p || p->read_at == now())
		return false;
	host_devices__forget(hd, pid);
	return find_range(get_process(hd, pid), hva, dev);
}

static void free_process(struct process *p)
{
	free(p->ranges);
	free(p);
}

void host_devices__forget(struct host_devices *hd, uint32_t pid)
{
	struct process **at = &hd->first, *p;

	while ((p = *at)) {
		if (p->pid == pid) {
			*at = p->next;
			free_process(p);
		} else {
			at = &p->next;
		}
	}
}

void host_devices__free(struct host_devices *hd)
{
	struct process *p;

	while (hd && (p = hd->first)) {
		hd->first = p->next;
		free_process(p);
	}
	free(hd);
}
