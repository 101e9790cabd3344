// SPDX-License-Identifier: GPL-2.0-only
/* Memory for guests, of each kind, and its entries in the host's page tables. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest.h"

#define PAGEMAP_PFN	((1ULL << 55) - 1)
#define PAGEMAP_PRESENT (1ULL << 63)

/*
 * Aligned address space, with unused space of the same size before and after it, so that no
 * neighbour is merged with it or mistaken for a part of it.
 */
void *reserve(uint64_t size, uint64_t align)
{
	uint64_t len = size + 3 * align;
	uint8_t *p = mmap(NULL, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		die("no address space for %llu bytes: %s", (unsigned long long)size,
		    strerror(errno));
	return (void *)(uintptr_t)round_up((uintptr_t)p + align, align);
}

/* Maps the region at its address, or maps it again. */
void region__map(struct region *r, void *at)
{
	void *p = mmap(at, r->size, r->prot, r->flags | MAP_FIXED, r->fd, r->offset);

	if (p == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	r->hva = p;
	if (r->advice >= 0 && madvise(p, r->size, r->advice))
		die("madvise %d: %s", r->advice, strerror(errno));
}

static void init_normal(struct region *r, uint64_t size)
{
	r->size = size;
	r->fd = -1;
	r->prot = PROT_READ | PROT_WRITE;
	r->flags = MAP_PRIVATE | MAP_ANONYMOUS;
	r->advice = MADV_NOHUGEPAGE;
	r->phys = NO_PA;
	r->zap = ZAP_DONTNEED;
	r->type = "NORMAL";
	r->unit = page_size();
	r->vma_page = page_size();
	r->limit = "host_page";
	r->vma_attr = "NORMAL";
	r->vma_hasnt = "PFNMAP,IO,MIXEDMAP";
	r->writable = true;
}

void region__anon(struct region *r, uint64_t size)
{
	init_normal(r, size);
	region__map(r, reserve(size, pmd_size()));
}

void region__thp(struct region *r, uint64_t size)
{
	init_normal(r, round_up(size, pmd_size()));
	r->advice = MADV_HUGEPAGE;
	r->unit = pmd_size();
	region__map(r, reserve(r->size, pmd_size()));
}

/*
 * Enlarges the pool if it is too small. Returns its old size, so that our pages can become
 * surplus, which are freed when we exit.
 */
static uint64_t grow_hugetlb_pool(uint64_t page, uint64_t pages, char *path, size_t len)
{
	char dir[96], text[32];
	uint64_t have, unused;

	snprintf(dir, sizeof(dir), "/sys/kernel/mm/hugepages/hugepages-%llukB",
		 (unsigned long long)page >> 10);
	snprintf(path, len, "%s/nr_hugepages", dir);
	if (!read_u64(path, &have))
		skip("this kernel has no hugetlb pages of %llu bytes", (unsigned long long)page);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)(have + pages));
	snprintf(dir + strlen(dir), sizeof(dir) - strlen(dir), "/free_hugepages");
	if (!read_u64(dir, &unused) || unused >= pages)
		return have;
	write_text(path, text);
	if (!read_u64(dir, &unused) || unused < pages)
		skip("no room for %llu hugetlb pages of %llu bytes", (unsigned long long)pages,
		     (unsigned long long)page);
	return have;
}

/* hugetlb pages of a size that the kernel has. */
void region__hugetlb_of(struct region *r, uint64_t page, uint64_t pages)
{
	char pool[128], text[32];
	uint64_t have;

	init_normal(r, page * pages);
	r->advice = -1;
	r->flags |= MAP_HUGETLB | (__builtin_ctzll(page) << MAP_HUGE_SHIFT);
	r->unit = page;
	r->vma_page = page;
	r->vma_has = "HUGETLB";
	have = grow_hugetlb_pool(page, pages, pool, sizeof(pool));
	region__map(r, reserve(r->size, page));
	snprintf(text, sizeof(text), "%llu", (unsigned long long)have);
	write_text(pool, text);
}

void region__hugetlb(struct region *r, uint64_t size)
{
	region__hugetlb_of(r, pmd_size(), round_up(size, pmd_size()) / pmd_size());
}

void region__shared(struct region *r, uint64_t size)
{
	init_normal(r, size);
	r->fd = memfd_create("s2guest", MFD_CLOEXEC);
	if (r->fd < 0 || ftruncate(r->fd, size))
		die("memfd: %s", strerror(errno));
	r->flags = MAP_SHARED;
	r->vma_has = "SHARED";
	region__map(r, reserve(size, pmd_size()));
}

/* A file in a ramfs of its own: page cache that is neither anonymous nor shmem. */
static int ramfs_file(uint64_t size)
{
	char dir[] = "/tmp/s2guest.XXXXXX", path[64];
	int fd;

	mkdir("/tmp", 0777);
	if (!mkdtemp(dir))
		die("mkdtemp: %s", strerror(errno));
	if (mount("none", dir, "ramfs", 0, NULL))
		die("mount of a ramfs: %s", strerror(errno));
	snprintf(path, sizeof(path), "%s/file", dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, size))
		die("%s: %s", path, strerror(errno));
	umount2(dir, MNT_DETACH);
	rmdir(dir);
	return fd;
}

/* A private mapping of a file, writable (copy on write) or not. */
void region__file(struct region *r, uint64_t size, int prot)
{
	init_normal(r, size);
	r->fd = ramfs_file(size);
	r->prot = prot;
	r->flags = MAP_PRIVATE;
	r->advice = -1;
	r->writable = prot & PROT_WRITE;
	region__map(r, reserve(size, pmd_size()));
}

/* Properties of all mappings without struct pages. */
static void init_pfnmap(struct region *r, uint64_t size, int fd)
{
	init_normal(r, size);
	r->fd = fd;
	r->flags = MAP_SHARED;
	r->advice = -1;
	r->zap = ZAP_REMAP;
	r->vma_has = "PFNMAP,IO";
	r->vma_hasnt = NULL;
	r->pfnmap = true;
}

void region__devmem(struct region *r, uint64_t phys, uint64_t size)
{
	int fd = open("/dev/mem", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		skip("/dev/mem: %s", strerror(errno));
	init_pfnmap(r, size, fd);
	r->offset = phys;
	r->phys = phys;
	r->type = "DEVICE_nGnRE";
	r->vma_attr = "DEVICE_nGnRnE";
	region__map(r, reserve(size, pmd_size()));
}

/* The first range of memory in it: its offset in the file and its physical address. */
static bool vmcore_range(int fd, uint64_t *offset, uint64_t *phys)
{
	Elf64_Ehdr e;
	Elf64_Phdr p;

	if (pread(fd, &e, sizeof(e), 0) != sizeof(e))
		return false;
	for (int i = 0; i < e.e_phnum; i++) {
		if (pread(fd, &p, sizeof(p), e.e_phoff + i * sizeof(p)) != sizeof(p))
			return false;
		*offset = p.p_offset;
		*phys = p.p_paddr;
		if (p.p_type == PT_LOAD)
			return true;
	}
	return false;
}

/*
 * Memory of a crashed kernel, or what is declared as such: the kernel does not own it, and
 * maps it read-only and as cacheable as its own. Older kernels take the offset in the file for
 * a physical address when they look for a block; the region is placed such that no block fits,
 * so it is mapped by page.
 */
void region__vmcore(struct region *r, uint64_t size)
{
	int fd = open("/proc/vmcore", O_RDONLY | O_CLOEXEC);
	uint64_t offset;

	if (fd < 0)
		skip("/proc/vmcore: %s", strerror(errno));
	init_pfnmap(r, size, fd);
	if (!vmcore_range(fd, &offset, &r->phys))
		die("/proc/vmcore has no memory");
	r->offset = offset;
	r->prot = PROT_READ;
	r->flags = MAP_PRIVATE;
	r->writable = false;
	r->vma_has = "PFNMAP,IO";
	region__map(r, (char *)reserve(2 * size, pmd_size()) + offset % pmd_size() + page_size());
}

/* The GPU's memory or a BAR. The driver maps a block where all three addresses agree. */
void region__bar(struct region *r, const char *bdf, int bar, uint64_t size)
{
	struct bar_info info;

	vfio_open_bar(bdf, bar, &info);
	if (!size || size > info.size)
		size = info.size;
	init_pfnmap(r, size, info.fd);
	r->offset = info.offset;
	r->phys = info.phys;
	r->type = info.cacheable ? "NORMAL" : "NORMAL_NC";
	r->vma_attr = info.attr;
	r->bdf = bdf;
	r->bar = bar;
	if (!info.cacheable)
		r->vma_has = "PFNMAP,IO,ALLOW_ANY_UNCACHED";
	if (size >= pmd_size() && (info.phys == NO_PA || info.phys % pmd_size() == 0)) {
		r->size = size - size % pmd_size();
		r->unit = pmd_size();
	}
	region__map(r, reserve(r->size, pmd_size()));
}

/* Touches each page from the host; optionally writes code to it. */
void region__populate(struct region *r, bool insns)
{
	uint64_t step = page_size();

	for (uint64_t off = 0; off < r->size; off += step)
		*(volatile uint32_t *)(r->hva + off) = insns ? INSN_RET : 1;
	if (insns)
		__builtin___clear_cache((char *)r->hva, (char *)r->hva + r->size);
}

/* Reads pages from the host, so that its page tables have them. */
void region__fault_in(const struct region *r, uint64_t offset, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		*(volatile uint32_t *)(r->hva + offset + i * page_size());
}

/* Takes the region's pages away from the guest. */
void region__drop(struct region *r)
{
	if (r->zap == ZAP_REMAP)
		region__map(r, r->hva);
	else if (madvise(r->hva, r->size, MADV_DONTNEED))
		die("MADV_DONTNEED: %s", strerror(errno));
}

/* The page frame at an offset, from this process's page tables. */
uint64_t region__pa(const struct region *r, uint64_t offset)
{
	static int fd = -1;
	uint64_t entry;
	off_t at = ((uintptr_t)r->hva + offset) / page_size() * sizeof(entry);

	if (r->phys != NO_PA)
		return r->phys + offset;
	if (r->pfnmap)
		return NO_PA;
	if (fd < 0)
		fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (pread(fd, &entry, sizeof(entry), at) != sizeof(entry) || !(entry & PAGEMAP_PRESENT))
		return NO_PA;
	return (entry & PAGEMAP_PFN) ? (entry & PAGEMAP_PFN) * page_size() : NO_PA;
}
