// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way of a record through the user side: source -> model -> whoever asked.
 * Here, and only here, a record meets what /proc says of its process.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "model/vmflags.h"

static volatile sig_atomic_t got_signal;

static void on_signal(int sig)
{
	(void)sig;
	got_signal = 1;
}

static void catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL); /* the write fails instead, and the session ends */
}

int command__fail(const struct common_options *common, const struct error *err)
{
	struct view *v;

	pr_err("%s", err->what);
	if (err->remedy[0])
		fprintf(stderr, "         %s\n", err->remedy);
	if (!common->json)
		return EXIT_TROUBLE;
	v = view__new(VIEW_JSON, stdout);
	if (v)
		view__error(v, err->what, err->remedy);
	view__free(v);
	return EXIT_TROUBLE;
}

/* A process may be gone by the time its first record is read: its thread's name is left. */
static void identify(struct vm *vm, const struct s2_event *rec)
{
	const struct s2_ev_vm *made = (const void *)rec;

	if (!vm || vm->name[0])
		return;
	host__vm_identity(vm->pid, vm->name, sizeof(vm->name), vm->uuid, sizeof(vm->uuid));
	if (!vm->name[0] && rec && rec->type == S2_EV_VM)
		snprintf(vm->name, sizeof(vm->name), "%.*s", (int)sizeof(made->comm), made->comm);
}

/* Only memory that a driver maps can be a device's: spare the others the look-up. */
static bool find_device(struct session *s, const struct s2_event *rec, struct mem_device *dev)
{
	const struct s2_ev_decision *d = (const void *)rec;
	const struct s2_ev_memslot *m = (const void *)rec;

	if (rec->type == S2_EV_DECISION && S2_HAS(d->present, S2_F_VMA_FLAGS) &&
	    (d->vm_flags & VMFLAGS_PFN))
		return host_devices__find(s->devices, d->tgid, d->hva, dev);
	if (rec->type == S2_EV_MEMSLOT && (m->vm_flags & VMFLAGS_PFN))
		return host_devices__find(s->devices, m->tgid, m->hva, dev);
	return false;
}

static void take_record(void *ctx, const struct s2_event *rec)
{
	struct mem_device dev = { .bar = -1 }, *found = NULL;
	struct session *s = ctx;
	struct vm *vm;

	if (rec->type == S2_EV_MEMSLOT)
		host_devices__forget(s->devices, ((const struct s2_ev_memslot *)rec)->tgid);
	if (find_device(s, rec, &dev))
		found = &dev;
	vm = model__record(s->model, rec, found);
	if (rec->type == S2_EV_VM && ((const struct s2_ev_vm *)rec)->event == S2_VM_DESTROYED)
		s->vm_gone = true;
	else if (rec->type == S2_EV_VM)
		s->vm_new = true;
	identify(vm, rec);
	if (s->on_record)
		s->on_record(s, rec, found);
}

static void take_totals(void *ctx, uint32_t id, uint32_t pid, const struct vm_totals *totals)
{
	struct session *s = ctx;
	struct vm *vm = model__vm_get(s->model, id, pid);

	identify(vm, NULL);
	if (vm)
		vm__set_totals(vm, totals);
}

/* Its record may have been lost in the ring: the table is what counts. */
static void take_gone(void *ctx, uint32_t id)
{
	struct session *s = ctx;
	struct vm *vm = model__vm_find(s->model, id);

	if (!vm)
		return;
	vm->alive = false;
	if (!vm->destroyed_ns)
		vm->destroyed_ns = now_ns();
	host_devices__forget(s->devices, vm->pid);
}

static void take_stats(void *ctx, const struct source_stats *stats)
{
	struct session *s = ctx;

	model__set_stats(s->model, stats);
}

static int not_arm64(struct error *err, const char *machine)
{
	error__remedy(err, 0, "run it on an arm64 host; scripts/live emulates one on any machine");
	return error__set(err, -ENOTSUP, "stage 2 of KVM/arm64 cannot be traced on %s", machine);
}

static int open_source(struct session *s, const struct option_set *set,
		       const struct s2_filter *filter, struct error *err)
{
	struct source_opts opts = {
		.backend = set->live.backend,
		.ring_bytes = set->live.ring_bytes,
		.max_vms = set->live.max_vms,
		.filter = *filter,
		.cmo = set->live.cmo,
	};
	struct host_facts facts;

	host__facts_cheap(&facts);
	if (strcmp(facts.machine, "aarch64"))
		return not_arm64(err, facts.machine);
	host__facts(&facts, NULL);
	model__set_host(s->model, &facts);
	opts.counter_hz = facts.counter_hz;
	opts.host = &facts;
	return source__open_live(&s->source, &opts, err);
}

int session__open(struct session *s, const struct option_set *set, const struct s2_filter *filter)
{
	struct error err = {};
	int ret;

	s->model = model__new();
	s->devices = host_devices__new();
	s->view = view__new(set->common.json ? VIEW_JSON : VIEW_TEXT, stdout);
	s->sink = (struct source_sink){ s, take_record, take_totals, take_gone, take_stats };
	if (!s->model || !s->devices || !s->view)
		ret = error__set(&err, -ENOMEM, "out of memory");
	else
		ret = open_source(s, set, filter, &err);
	if (ret) {
		session__close(s);
		return command__fail(&set->common, &err);
	}
	model__set_backend(s->model, source__backend(s->source));
	catch_signals();
	s->start_ns = now_ns();
	s->end_ns = set->live.duration_ns ? s->start_ns + set->live.duration_ns : 0;
	return 0;
}

int session__update(struct session *s, bool totals)
{
	int ret = source__poll(s->source, &s->sink);

	if (ret >= 0 && (totals || s->vm_gone)) {
		s->vm_gone = false;
		ret = source__collect(s->source, &s->sink);
	}
	if (totals)
		model__tick(s->model, now_ns());
	if (ret >= 0)
		return 0;
	pr_err("cannot read from the kernel: %s", strerror(-ret));
	return EXIT_TROUBLE;
}

void session__stop(struct session *s)
{
	source__stop(s->source);
	session__update(s, true);
}

void session__close(struct session *s)
{
	source__close(s->source);
	view__free(s->view);
	host_devices__free(s->devices);
	model__free(s->model);
	memset(s, 0, sizeof(*s));
}

bool session__over(const struct session *s)
{
	return got_signal || ferror(stdout) || (s->end_ns && now_ns() >= s->end_ns);
}
