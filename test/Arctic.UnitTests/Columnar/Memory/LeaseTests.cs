using System.Diagnostics;
using System.Runtime.CompilerServices;
using Apache.Arrow.Memory;
using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Memory;
using Arctic.Columnar.Types;

namespace Arctic.UnitTests.Columnar.Memory;

/// <summary>Leases under fan-out, pass-through, early and forgotten disposal: the experiment behind docs/decisions/0006-leases.md.</summary>
public sealed class LeaseTests
{
    private readonly CountingAllocator _allocator = new();

    [Fact]
    public void Memory_goes_with_the_last_of_many_holders_whatever_their_order()
    {
        for (var seed = 0; seed < 100; seed++)
        {
            var random = new Random(seed);
            var holders = new List<ChangeBatch> { _allocator.Batch([1, 2, 3]) };
            for (var i = 0; i < 7; i++)
            {
                holders.Add(holders[random.Next(holders.Count)].Retain());
            }

            while (holders.Count > 0)
            {
                Assert.Equal(1, _allocator.Live);
                var next = random.Next(holders.Count);
                Assert.Equal(3, ((FixedColumn<int>)holders[next].Columns[0]).Values[2]);
                holders[next].Dispose();
                holders.RemoveAt(next);
            }

            Assert.Equal(0, _allocator.Live);
        }
    }

    [Fact]
    public async Task Memory_goes_once_when_parallel_holders_let_go()
    {
        for (var round = 0; round < 200; round++)
        {
            var batch = _allocator.Batch([round]);
            var consumers = Enumerable.Range(0, 8).Select(_ => batch.Retain()).Select(b => Task.Run(() =>
            {
                using var slice = b.Slice(0, 1);
                b.Dispose();
                return ((FixedColumn<int>)slice.Columns[0]).Values[0];
            })).ToList();
            batch.Dispose();

            Assert.All(await Task.WhenAll(consumers), n => Assert.Equal(round, n));
            Assert.Equal(0, _allocator.Live);
        }
    }

    [Fact]
    public void Columns_that_an_operator_passes_through_keep_the_memory_of_its_input()
    {
        var input = _allocator.Batch([1, 2, 3]);
        var schema = new RowSchema(input.Schema[0], new Field("twice", DataTypes.Int));

        var output = input.WithColumns(schema, [input.Columns[0], new FixedColumn<int>(DataTypes.Int, [2, 4, 6])]);
        input.Dispose();

        Assert.Equal(1, _allocator.Live);
        Assert.Equal([1, 2, 3], ((FixedColumn<int>)output.Columns[0]).Values.ToArray());
        output.Dispose();
        Assert.Equal(0, _allocator.Live);
    }

    [Fact]
    public void Views_of_a_batch_each_keep_its_memory()
    {
        foreach (var view in new Func<ChangeBatch, ChangeBatch>[]
        {
            b => b.Slice(1, 1),
            b => b.WithSelection(new[] { 2 }),
            b => b.WithKinds(new[] { RowKind.Delete, RowKind.Insert, RowKind.Insert }),
            b => b.Project([0]),
            b => b.WithSchema(new RowSchema(new Field("renamed", DataTypes.Int))),
            b => b.Compact(),
            b => ChangeBatch.Concat(b.Schema, [b]),
        })
        {
            var batch = _allocator.Batch([1, 2, 3]);
            var viewed = view(batch);
            batch.Dispose();

            Assert.Equal(1, _allocator.Live);
            viewed.Dispose();
            Assert.Equal(0, _allocator.Live);
        }
    }

    [Fact]
    public void Copies_of_a_batch_do_not_keep_its_memory()
    {
        var batch = _allocator.Batch([1, 2, 3]);
        using var selected = batch.WithSelection(new[] { 0, 2 });
        using var compact = selected.Compact();
        using var concatenated = ChangeBatch.Concat(batch.Schema, [batch, batch]);
        selected.Dispose();
        batch.Dispose();

        Assert.Equal(0, _allocator.Live);
        Assert.Equal([1, 3], ((FixedColumn<int>)compact.Columns[0]).Values.ToArray());
        Assert.Equal(6, concatenated.RowCount);
    }

    [Fact]
    public void A_row_of_columns_from_two_batches_holds_both()
    {
        var (left, right) = (_allocator.Batch([1]), _allocator.Batch([2]));
        var lease = MemoryLease.Combine(left.Lease.Retain(), MemoryLease.Managed, right.Lease.Retain());
        var joined = new ChangeBatch(new RowSchema(left.Schema[0], right.Schema[0]), [left.Columns[0], right.Columns[0]], 1, lease: lease);
        left.Dispose();
        right.Dispose();

        Assert.Equal(2, _allocator.Live);
        joined.Dispose();
        Assert.Equal(0, _allocator.Live);
    }

    [Fact]
    public void Disposing_twice_gives_one_count_back()
    {
        var batch = _allocator.Batch([1]);
        var other = batch.Retain();

        batch.Dispose();
        batch.Dispose();

        Assert.Equal(1, _allocator.Live);
        other.Dispose();
        Assert.Equal(0, _allocator.Live);
    }

    [Fact]
    public void A_batch_that_was_disposed_too_early_cannot_be_retained()
    {
        var batch = _allocator.Batch([1]);
        batch.Dispose();

        Assert.Throws<ObjectDisposedException>(() => batch.Retain());
        Assert.Throws<ObjectDisposedException>(() => batch.Slice(0, 1));
        Assert.Throws<ObjectDisposedException>(() => batch.WithSelection(null));
        Assert.Equal(0, _allocator.Live);
    }

    [Fact]
    public void Reading_a_column_after_its_memory_was_released_is_an_error_here_and_undefined_without_a_checking_owner()
    {
        var batch = _allocator.Batch([1]);
        var column = (FixedColumn<int>)batch.Columns[0];
        batch.Dispose();

        Assert.Throws<ObjectDisposedException>(() => column.Values.Length);
    }

    [Fact]
    public void A_forgotten_batch_is_counted_and_its_memory_is_freed_by_its_owner()
    {
        var before = MemoryLease.ForgottenCount;

        Forget(_allocator, OwnerKind.Finalizable);
        Collect();

        Assert.Equal(0, _allocator.Live);
        Assert.Equal(10, _allocator.Finalized);
        Assert.True(MemoryLease.ForgottenCount >= before + 10);
    }

    [Fact]
    public void A_forgotten_batch_leaks_when_its_owner_has_no_finalizer()
    {
        var before = MemoryLease.ForgottenCount;

        Forget(_allocator, OwnerKind.Plain);
        Collect();

        Assert.Equal(10, _allocator.Live);
        Assert.True(MemoryLease.ForgottenCount >= before + 10);
    }

    [Fact]
    public void A_column_that_outlives_its_forgotten_batch_can_be_read()
    {
        var column = ColumnOfForgottenBatch(_allocator);
        Collect();

        Assert.Equal([7, 8], column.Values.ToArray());
        Assert.Equal(1, _allocator.Live);
    }

    [Fact]
    public void A_released_lease_is_not_counted_as_forgotten()
    {
        var before = MemoryLease.ForgottenCount;

        // Other tests forget leases on purpose while this one runs, but never this many.
        for (var i = 0; i < 10_000; i++)
        {
            _allocator.Batch([i]).Dispose();
        }

        Collect();

        Assert.Equal(0, _allocator.Live);
        Assert.True(MemoryLease.ForgottenCount < before + 5_000);
    }

    /// <summary>The figures of docs/decisions/0006-leases.md: what forgetting costs with Arrow's own native memory.</summary>
    [Theory(Explicit = true)]
    [InlineData("disposed")]
    [InlineData("forgotten")]
    [InlineData("forgotten, with a collection each 256")]
    public void Experiment_resident_memory(string variant)
    {
        Collect();
        var process = Process.GetCurrentProcess();
        var (start, peak) = (process.WorkingSet64, 0L);
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < 4096; i++)
        {
            AllocateOneMegabyte(variant == "disposed");
            if (variant.StartsWith("forgotten, with", StringComparison.Ordinal) && i % 256 == 255)
            {
                Collect();
            }

            if (i % 64 == 63)
            {
                process.Refresh();
                peak = Math.Max(peak, process.WorkingSet64 - start);
            }
        }

        var elapsed = clock.ElapsedMilliseconds;
        Collect();
        process.Refresh();
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{variant}: 4096 batches of 1 MB, {elapsed} ms, peak +{peak >> 20} MB, after a full collection +{(process.WorkingSet64 - start) >> 20} MB, {GC.CollectionCount(2)} full collections");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AllocateOneMegabyte(bool isDisposed)
    {
        var owner = new NativeMemoryAllocator().Allocate(1 << 20);
        owner.Memory.Span.Fill(1);
        var schema = new RowSchema(new Field("n", DataTypes.Int));
        var batch = new ChangeBatch(schema, [new FixedColumn<int>(DataTypes.Int, 1 << 18, owner.Memory, Bitmap.AllSet)], 1 << 18, lease: MemoryLease.Of(owner));
        if (isDisposed)
        {
            batch.Dispose();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Forget(CountingAllocator allocator, OwnerKind owner)
    {
        for (var i = 0; i < 10; i++)
        {
            allocator.Batch([i], owner);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static FixedColumn<int> ColumnOfForgottenBatch(CountingAllocator allocator) => (FixedColumn<int>)allocator.Batch([7, 8]).Columns[0];

    private static void Collect()
    {
        // Twice: what a finalizer kept alive goes with the second round.
        for (var i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }
}
