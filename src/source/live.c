// SPDX-License-Identifier: GPL-2.0-only
/* The live source: one or more backends, and the VM table that they share. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/btf.h>

#include "lib/clock.h"
#include "model/vocab.h"
#include "source/backends.h"
#include "source/bpfutil.h"
#include "source/era.h"
#include "source/listener.h"
#include "source/rings.h"
#include "source/vmtable.h"

struct live {
	struct source src;	       /* first */
	const struct backend_env *env; /* while opening */
	struct vmtable *vms;
	struct listener *listeners[S2_BACKEND__MAX];
	size_t nr;
	struct rings *rings; /* of all listeners */
	bool stopped;
	bool *dead; /* by row, while collecting */
};

static struct live *to_live(struct source *src)
{
	return (struct live *)src;
}

static uint32_t listener_mask(const struct live *live)
{
	uint32_t mask = 0;
	size_t i;

	for (i = 0; i < live->nr; i++)
		mask |= S2_BIT(listener__id(live->listeners[i]));
	return mask;
}

/* A program that was running when it was detached completes its record soon. */
#define STOP_TRIES   100
#define STOP_WAIT_US 1000

static int read_rest(struct live *live, const struct event_sink *sink)
{
	uint64_t now = now_ns();
	int i, ret, n = 0;

	for (i = 0; i < STOP_TRIES; i++) {
		ret = rings__read(live->rings, UINT64_MAX, sink);
		if (ret < 0)
			return ret;
		n += ret;
		if (rings__known_ns(live->rings) > now)
			break;
		usleep(STOP_WAIT_US);
	}
	return n;
}

static int live_read(struct source *src, const struct event_sink *sink)
{
	struct live *live = to_live(src);

	return live->stopped ? read_rest(live, sink) : rings__read(live->rings, now_ns(), sink);
}

/* Follows the last totals, because the VM's own events may have been lost in the ring. */
static int retire_vm(struct live *live, const struct s2_vm_row *row, uint64_t now,
		     const struct event_sink *sink)
{
	struct s2_ev_vm ev = { .tgid = row->tgid, .event = S2_VM_RETIRED };
	uint32_t index = row->index;
	size_t i;

	event__init(&ev, S2_EV_VM, sizeof(ev), listener__id(live->listeners[0]), row->id, now);
	event_sink__take(sink, &ev.h);
	for (i = 0; i < live->nr; i++)
		listener__clear_row(live->listeners[i], index);
	return vmtable__recycle(live->vms, index);
}

static int collect_row(struct live *live, uint32_t n, uint64_t now, const struct event_sink *sink)
{
	const struct s2_vm_row *row = vmtable__row(live->vms, n);
	int ret = 0;
	size_t i;

	if (__atomic_load_n(&row->state, __ATOMIC_ACQUIRE) == S2_VM_FREE)
		return 0;
	for (i = 0; i < live->nr && !ret; i++)
		ret = listener__read_totals(live->listeners[i], row, now, sink);
	return ret || !live->dead[n] ? ret : retire_vm(live, row, now, sink);
}

/* Notes which rows are DEAD. Their counters no longer change. True if any is. */
static bool find_dead(struct live *live)
{
	uint32_t n, max = vmtable__max_vms(live->vms);
	bool any = false;

	for (n = 0; n < max; n++) {
		live->dead[n] = __atomic_load_n(&vmtable__row(live->vms, n)->state,
						__ATOMIC_ACQUIRE) == S2_VM_DEAD;
		any = any || live->dead[n];
	}
	return any;
}

/* A VM that has only just ended may have events that cannot be read yet: it stays for now. */
static void keep_recent(struct live *live)
{
	uint64_t known_ns = rings__known_ns(live->rings), died_ns;
	uint32_t n, max = vmtable__max_vms(live->vms);

	for (n = 0; n < max; n++) {
		died_ns = vmtable__row(live->vms, n)->died_ns;
		live->dead[n] = live->dead[n] && died_ns && died_ns < known_ns;
	}
}

/* Of a VM that has ended, its last events come first, then its last totals. */
static int live_collect(struct source *src, const struct event_sink *sink)
{
	struct live *live = to_live(src);
	uint32_t n, max = vmtable__max_vms(live->vms);
	int ret = 0;
	uint64_t now;
	size_t i;

	if (find_dead(live))
		ret = live_read(src, sink);
	keep_recent(live);
	now = now_ns();
	for (n = 0; n < max && ret >= 0; n++)
		ret = collect_row(live, n, now, sink);
	for (i = 0; i < live->nr && ret >= 0; i++)
		listener__read_loss(live->listeners[i], now, sink);
	return ret < 0 ? ret : 0;
}

static void live_set_filter(struct source *src, const struct s2_filter *filter)
{
	struct live *live = to_live(src);
	size_t i;

	for (i = 0; i < live->nr; i++)
		listener__set_filter(live->listeners[i], filter);
}

static void live_stop(struct source *src)
{
	struct live *live = to_live(src);
	size_t i;

	for (i = 0; i < live->nr; i++)
		listener__detach(live->listeners[i]);
	live->stopped = true;
	vmtable__set_listeners(live->vms, 0);
}

static void live_close(struct source *src)
{
	struct live *live = to_live(src);

	vmtable__set_listeners(live->vms, 0);
	rings__free(live->rings);
	while (live->nr)
		listener__close(live->listeners[--live->nr]);
	free(live->dead);
	free(live);
}

static const struct source_ops live_ops = {
	.read = live_read,
	.collect = live_collect,
	.set_filter = live_set_filter,
	.stop = live_stop,
	.close = live_close,
};

static int add_listener(void *ctx, const struct backend *b, struct error *err)
{
	struct live *live = ctx;
	int ret = listener__open(&live->listeners[live->nr], b, live->env, err);

	if (ret)
		return ret;
	live->nr++;
	vmtable__set_listeners(live->vms, listener_mask(live));
	return 0;
}

static int add_rings(struct live *live, struct error *err)
{
	int ret = 0;
	size_t i;

	for (i = 0; i < live->nr && !ret; i++)
		ret = listener__add_rings(live->listeners[i], live->rings);
	return ret ? error__set(err, ret, "out of memory") : 0;
}

static int start(struct live *live, const struct live_opts *opts, struct s2_ev_host *host,
		 struct error *err)
{
	struct btf *btf = bpfutil__kernel_btf(err);
	const struct backend_env env = { btf, opts, host, live->vms };
	int ret;

	if (!btf)
		return -ENOENT;
	era__from_btf(host, btf);
	live->env = &env;
	ret = backends__open(backends, opts->backends, btf, add_listener, live, err);
	live->env = NULL;
	if (!ret)
		ret = add_rings(live, err);
	host->sources = listener_mask(live);
	btf__free(btf);
	return ret;
}

int source__open_live(struct source **src, struct vmtable *vms, const struct live_opts *opts,
		      struct s2_ev_host *host, struct error *err)
{
	struct live *live = calloc(1, sizeof(*live));
	int ret;

	if (!live)
		return error__set(err, -ENOMEM, "out of memory");
	live->src.ops = &live_ops;
	live->vms = vms;
	live->dead = calloc(vmtable__max_vms(vms), sizeof(*live->dead));
	live->rings = rings__new();
	if (live->dead && live->rings)
		ret = start(live, opts, host, err);
	else
		ret = error__set(err, -ENOMEM, "out of memory");
	if (ret) {
		live_close(&live->src);
		return ret;
	}
	*src = &live->src;
	return 0;
}
