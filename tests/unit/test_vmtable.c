// SPDX-License-Identifier: GPL-2.0-only
/* The table of VMs (bpf/vmtable.bpf.h): who a VM is, and when its row is free again. */
#include "unit.h"

#include <string.h>

#include "vmtable_kernel_stub.h"

#pragma GCC diagnostic ignored "-Wunused-function"
#include "../../bpf/vmtable.bpf.c"

#define NR_ROWS 3

static struct s2_vm_row the_rows[NR_ROWS];
static struct s2_vm_table the_table;
static struct {
	__u64 kvm;
	__u32 row;
} hash[NR_ROWS + 1];
static __u32 queue[NR_ROWS], nr_queued;
/* Called once, when a row was taken and is not in the hash yet; may be NULL. */
static void (*meanwhile)(void);

static int hash_find(__u64 kvm)
{
	for (size_t i = 0; i < NR(hash); i++)
		if (hash[i].kvm == kvm)
			return i;
	return -1;
}

void *bpf_map_lookup_elem(void *map, const void *key)
{
	int i;

	if (map == &rows)
		return *(__u32 *)key < NR_ROWS ? &the_rows[*(__u32 *)key] : NULL;
	if (map == &table)
		return &the_table;
	assert_ptr_equal(map, &vms);
	i = hash_find(*(__u64 *)key);
	return i < 0 ? NULL : &hash[i].row;
}

__u64 bpf_ktime_get_ns(void)
{
	return 1234;
}

long bpf_map_update_elem(void *map, const void *key, const void *value, __u64 flags)
{
	void (*now)(void) = meanwhile;
	int i;

	assert_ptr_equal(map, &vms);
	assert_int_equal(flags, BPF_NOEXIST);
	meanwhile = NULL;
	if (now)
		now();
	if (hash_find(*(__u64 *)key) >= 0)
		return -EEXIST;
	i = hash_find(0);
	assert_true(i >= 0);
	hash[i].kvm = *(__u64 *)key;
	hash[i].row = *(__u32 *)value;
	return 0;
}

long bpf_map_delete_elem(void *map, const void *key)
{
	int i = hash_find(*(__u64 *)key);

	assert_ptr_equal(map, &vms);
	if (i < 0)
		return -2;
	hash[i].kvm = 0;
	return 0;
}

long bpf_map_push_elem(void *map, const void *value, __u64 flags)
{
	(void)flags;
	assert_ptr_equal(map, &free_rows);
	assert_true(nr_queued < NR_ROWS);
	queue[nr_queued++] = *(__u32 *)value;
	return 0;
}

long bpf_map_pop_elem(void *map, void *value)
{
	assert_ptr_equal(map, &free_rows);
	if (!nr_queued)
		return -2;
	*(__u32 *)value = queue[0];
	memmove(queue, queue + 1, --nr_queued * sizeof(queue[0]));
	return 0;
}

static int reset(void **state)
{
	(void)state;
	memset(the_rows, 0, sizeof(the_rows));
	memset(&the_table, 0, sizeof(the_table));
	memset(hash, 0, sizeof(hash));
	meanwhile = NULL;
	for (nr_queued = 0; nr_queued < NR_ROWS; nr_queued++)
		queue[nr_queued] = nr_queued;
	return 0;
}

enum { TP = S2_BIT(S2_BACKEND_TRACEPOINT), FENTRY = S2_BIT(S2_BACKEND_FENTRY) };

static __u32 adopted(__u64 kvm, bool is_new)
{
	ask = (struct s2_vm_ask){ .kvm = kvm, .tgid = 42 };
	adopt(NULL);
	assert_int_equal(ask.done, is_new);
	return ask.id;
}

static struct s2_vm_row *row_of(__u64 kvm)
{
	return find_row(kvm);
}

/* As s2_vm_created() does; the number of the VM. */
static __u32 created(__u64 kvm, __u32 by)
{
	const struct s2_vm_birth birth = { 1000, 42, by };
	struct s2_vm_row *row = row_of(kvm);

	if (row && vmtable_same_vm(row, by)) {
		row->created_by |= by;
		return row->id;
	}
	if (row)
		vmtable_release(kvm, row);
	assert_true(vmtable_add(kvm, &birth) >= 0);
	return row_of(kvm)->id;
}

/* As s2_vm_destroyed() does; true: the VM is not known any more. */
static bool destroyed(__u64 kvm, __u32 by)
{
	struct s2_vm_row *row = row_of(kvm);

	if (row && vmtable_all_destroyed(row, by))
		vmtable_release(kvm, row);
	return !row_of(kvm);
}

static void a_vm_is_adopted_once(void **state)
{
	struct s2_vm_row *row;

	(void)state;
	assert_int_equal(adopted(0x1000, true), 1);
	assert_int_equal(adopted(0x2000, true), 2);
	assert_int_equal(adopted(0x1000, false), 1);
	row = row_of(0x1000);
	assert_int_equal(row->state, S2_VM_LIVE);
	assert_int_equal(row->kvm, 0x1000);
	assert_int_equal(row->tgid, 42);
	assert_int_equal(row->index, 0);
	assert_int_equal(row->created_ns, 0);
	assert_int_equal(row->created_by, 0);
}

/* Each VM has as many counters as there are CPUs. */
static void counters_do_not_overlap(void **state)
{
	(void)state;
	the_table.nr_cpus = 5;
	adopted(0x1000, true);
	adopted(0x2000, true);
	assert_int_equal(row_of(0x1000)->first_agg, 0);
	assert_int_equal(row_of(0x2000)->first_agg, 5);
}

static void the_table_is_full(void **state)
{
	(void)state;
	for (__u64 kvm = 1; kvm <= NR_ROWS; kvm++)
		adopted(kvm << 12, true);
	assert_int_equal(adopted(0x9000, false), 0);
	ask = (struct s2_vm_ask){ .kvm = 0x1000, .index = 0 };
	release(NULL);
	recycle(NULL);
	assert_true(ask.done);
	assert_int_equal(adopted(0x9000, true), NR_ROWS + 1);
}

static void another_one_adds_it(void)
{
	created(0x1000, TP);
}

static void two_make_it_known_together(void **state)
{
	__u32 vm;

	(void)state;
	meanwhile = another_one_adds_it;
	vm = adopted(0x1000, false);
	assert_int_equal(vm, row_of(0x1000)->id);
	assert_int_equal(row_of(0x1000)->created_by, TP);
	assert_int_equal(nr_queued, NR_ROWS - 1);
}

static void several_sources_tell_of_one_vm(void **state)
{
	(void)state;
	the_table.listeners = TP | FENTRY;
	assert_int_equal(created(0x1000, TP), 1);
	assert_int_equal(created(0x1000, FENTRY), 1);
	assert_false(destroyed(0x1000, TP));
	assert_int_equal(row_of(0x1000)->state, S2_VM_LIVE);
	assert_true(destroyed(0x1000, FENTRY));
	assert_int_equal(the_rows[0].state, S2_VM_DEAD);
	assert_int_equal(the_rows[0].kvm, 0);
	assert_int_equal(the_rows[0].id, 1); /* until it is recycled */
	assert_int_equal(created(0x1000, TP), 2);
}

static void a_vm_that_was_found(void **state)
{
	(void)state;
	the_table.listeners = TP | FENTRY;
	adopted(0x1000, true);
	assert_false(destroyed(0x1000, FENTRY));
	assert_true(destroyed(0x1000, TP));
}

/* Who did not see it made may not see it destroyed: KVM may have given up half way. */
static void a_vm_that_failed_half_way(void **state)
{
	(void)state;
	the_table.listeners = TP | FENTRY;
	created(0x1000, TP);
	assert_true(destroyed(0x1000, TP));
}

static void nobody_else_listens(void **state)
{
	(void)state;
	the_table.listeners = FENTRY;
	created(0x1000, FENTRY);
	assert_true(destroyed(0x1000, FENTRY));
	the_table.listeners = 0; /* while it attaches */
	created(0x1000, FENTRY);
	assert_true(destroyed(0x1000, FENTRY));
}

/* The address is used again by a VM that is made, or the end of the first was missed. */
static void an_address_is_used_again(void **state)
{
	(void)state;
	the_table.listeners = TP | FENTRY;
	assert_int_equal(created(0x1000, TP), 1);
	assert_int_equal(created(0x1000, TP), 2);
	assert_int_equal(the_rows[0].state, S2_VM_DEAD);
	created(0x1000, FENTRY);
	destroyed(0x1000, TP);
	assert_int_equal(created(0x1000, TP), 3);
	reset(NULL);
	the_table.listeners = TP | FENTRY;
	created(0x1000, TP);
	assert_false(destroyed(0x1000, FENTRY));
	assert_int_equal(created(0x1000, FENTRY), 2);
	reset(NULL);
	adopted(0x1000, true);
	assert_int_equal(created(0x1000, TP), 2);
	reset(NULL);
	the_table.listeners = TP | FENTRY;
	adopted(0x1000, true);
	destroyed(0x1000, FENTRY);
	assert_int_equal(created(0x1000, FENTRY), 2);
	destroyed(0x1000, TP);
	assert_int_equal(created(0x1000, FENTRY), 3);
}

static void only_the_dead_are_recycled(void **state)
{
	(void)state;
	adopted(0x1000, true);
	for (__u32 n = 0; n < NR_ROWS; n++) {
		ask = (struct s2_vm_ask){ .index = n };
		recycle(NULL);
		assert_false(ask.done);
	}
	ask = (struct s2_vm_ask){ .index = NR_ROWS };
	recycle(NULL);
	assert_false(ask.done);
	adopted(0x2000, true);
	ask = (struct s2_vm_ask){ .kvm = 0x2000, .index = 0 }; /* another VM has the row by now */
	release(NULL);
	assert_int_equal(the_rows[0].state, S2_VM_LIVE);
	assert_non_null(row_of(0x2000));
	ask.kvm = 0x1000;
	release(NULL);
	assert_int_equal(the_rows[0].state, S2_VM_DEAD);
	assert_null(row_of(0x1000));
	recycle(NULL);
	assert_true(ask.done);
	assert_int_equal(the_rows[0].state, S2_VM_FREE);
	assert_int_equal(the_rows[0].id, 0);
	assert_int_equal(nr_queued, NR_ROWS - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_vm_is_adopted_once, reset),
		cmocka_unit_test_setup(counters_do_not_overlap, reset),
		cmocka_unit_test_setup(the_table_is_full, reset),
		cmocka_unit_test_setup(two_make_it_known_together, reset),
		cmocka_unit_test_setup(several_sources_tell_of_one_vm, reset),
		cmocka_unit_test_setup(a_vm_that_was_found, reset),
		cmocka_unit_test_setup(a_vm_that_failed_half_way, reset),
		cmocka_unit_test_setup(nobody_else_listens, reset),
		cmocka_unit_test_setup(an_address_is_used_again, reset),
		cmocka_unit_test_setup(only_the_dead_are_recycled, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
