/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is mapped where in other processes, from /proc/PID/maps: above all, which VFIO
 * device and BAR. What was read of a process is kept until it is forgotten.
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
/* The VMA at `hva`. False: there is none, or the process is gone. Maps are read again at most once
 * a second. */
bool host_maps__find(struct host_maps *hm, uint32_t pid, uint64_t hva, struct host_map *map);
/* The first VMA that ends above `hva`, of what was read last. */
bool host_maps__next(struct host_maps *hm, uint32_t pid, uint64_t hva, struct host_map *map);
/* Forgets what was read of it more than a second ago. */
void host_maps__refresh(struct host_maps *hm, uint32_t pid);
/* Its maps have changed, or it is gone. */
void host_maps__forget(struct host_maps *hm, uint32_t pid);

#endif /* S2TRACE_HOST_MAPS_H */
