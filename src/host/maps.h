/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mappings of other processes, from /proc/PID/maps; above all their VFIO devices and BARs. The
 * maps of a process are cached until they are forgotten.
 */
#ifndef S2TRACE_HOST_MAPS_H
#define S2TRACE_HOST_MAPS_H

#include <stdbool.h>
#include <stdint.h>

#include <s2trace/event.h>

struct host_maps;

struct host_map {
	uint64_t start, end;
	struct s2_device device;
};

/* NULL with errno set. */
struct host_maps *host_maps__new(void);
/* Frees all resources. Accepts NULL. */
void host_maps__free(struct host_maps *hm);
/*
 * The VMA at `hva`. False if there is none, or if the process is gone. Maps are read at most
 * once a second.
 */
bool host_maps__find(struct host_maps *hm, uint32_t pid, uint64_t hva, struct host_map *map);
/* The first VMA that ends above `hva`, as last read. */
bool host_maps__next(struct host_maps *hm, uint32_t pid, uint64_t hva, struct host_map *map);
/* Forgets the maps of a process if they are older than a second. */
void host_maps__refresh(struct host_maps *hm, uint32_t pid);
/* Call when the maps of a process have changed, or the process is gone. */
void host_maps__forget(struct host_maps *hm, uint32_t pid);

#endif /* S2TRACE_HOST_MAPS_H */
