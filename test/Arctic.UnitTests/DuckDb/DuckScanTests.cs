using System.Runtime.CompilerServices;
using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Memory;
using Arctic.Columnar.Types;
using Arctic.DuckDb;
using Arctic.DuckDb.Native;
using Arctic.DuckDb.Scanning;

namespace Arctic.UnitTests.DuckDb;

/// <summary>The proof of docs/decisions on DuckDB scans: whatever a plan does with a scan, rows are right or the error is managed.</summary>
public sealed class DuckScanTests : IDisposable
{
    private const int Rows = 20_000;

    private static readonly RowSchema Numbers = new(new Field("id", DataTypes.BigInt), new Field("k", DataTypes.Int), new Field("s", DataTypes.String));

    private readonly DuckDatabase _database = new(new DuckDbOptions { Threads = 2, MemoryBytesMax = 256 << 20 });

    public void Dispose() => _database.Dispose();

    [Fact]
    public async Task Self_join_reads_the_input_twice()
    {
        var opened = 0;
        var input = Input(() => opened++);

        var rows = await RunAsync("SELECT count(*), sum(a.c0 * 2 - b.c0) FROM $scan(0) a JOIN $scan(0) b ON a.c0 = b.c0", [DataTypes.BigInt, DataTypes.Decimal(38, 0)], input);

        Assert.Equal([(long)Rows, (Int128)Rows * (Rows - 1) / 2], rows.Single());
        Assert.Equal(2, opened);
    }

    [Fact]
    public async Task Cte_used_twice_gives_all_rows_to_both()
    {
        var rows = await RunAsync(
            "WITH t AS NOT MATERIALIZED (SELECT c0, c1 FROM $scan(0) WHERE c1 IS NOT NULL) SELECT (SELECT count(*) FROM t), (SELECT count(DISTINCT c1) FROM t), (SELECT sum(c0) FROM t)",
            [DataTypes.BigInt, DataTypes.BigInt, DataTypes.Decimal(38, 0)],
            Input());

        var kept = Enumerable.Range(0, Rows).Where(i => i % 10 != 3).ToList();
        Assert.Equal([(long)kept.Count, 9L, kept.Aggregate((Int128)0, (a, i) => a + i)], rows.Single());
    }

    [Fact]
    public async Task Window_that_becomes_a_self_join_gives_all_rows()
    {
        var rows = await RunAsync(
            "SELECT count(*) FROM (SELECT c0, max(c0) OVER (PARTITION BY c1) m FROM $scan(0)) WHERE m >= c0", [DataTypes.BigInt], Input());

        Assert.Equal([(long)Rows], rows.Single());
    }

    [Fact]
    public async Task Selections_and_slices_with_odd_offsets_keep_values_and_nulls()
    {
        // Every batch is sliced at an odd offset and then loses two rows of three.
        var input = new ScanInput(Numbers, (columns, _) => Batches(columns, b =>
        {
            using var slice = b.Slice(Math.Min(5, b.RowCount), Math.Max(0, b.RowCount - 5));
            return slice.WithSelection(Enumerable.Range(0, slice.RowCount).Where(i => i % 3 == 1).ToArray());
        }));

        var rows = await RunAsync("SELECT c0, c1, c2 FROM $scan(0) ORDER BY c0", [DataTypes.BigInt, DataTypes.Int, DataTypes.String], input);

        var expected = Enumerable.Range(0, Rows).Where(i => i % BatchRows is >= 5 and var r && (r - 5) % 3 == 1).Select(Expected).ToList();
        Assert.Equal(expected.Count, rows.Count);
        for (var i = 0; i < expected.Count; i++)
        {
            Assert.Equal(expected[i], rows[i]);
        }
    }

    [Fact]
    public async Task Every_layout_comes_back_as_it_went_in()
    {
        DataType[] types =
        [
            DataTypes.Boolean, DataTypes.TinyInt, DataTypes.SmallInt, DataTypes.Int, DataTypes.BigInt, DataTypes.Float, DataTypes.Double,
            DataTypes.Decimal(38, 4), DataTypes.String, DataTypes.Bytes, DataTypes.Date, DataTypes.Timestamp(9), DataTypes.Time(6),
        ];
        object?[][] rows =
        [
            [true, (sbyte)-128, short.MinValue, int.MinValue, long.MinValue, float.NegativeInfinity, -0.0, -Int128.Parse("99999999999999999999999999999999999999"), "", Array.Empty<byte>(), -1, long.MinValue, 0L],
            [false, (sbyte)127, short.MaxValue, int.MaxValue, long.MaxValue, float.NaN, double.NaN, Int128.Parse("99999999999999999999999999999999999999"), "twelve bytes", new byte[] { 0, 255, 0 }, 1, 5L, 86_399_999_999L],
            new object?[13],
            [true, (sbyte)0, (short)0, 0, 0L, float.Epsilon, double.MinValue, Int128.NegativeOne, "thirteen byte é and more", new byte[300], 0, 0L, 1L],
        ];
        var schema = new RowSchema(types.Select((t, i) => new Field($"f{i}", t)));
        var input = new ScanInput(schema, (columns, _) => Once(TestRows.Batch(schema, rows).Project(columns.ToArray())));

        var result = await RunAsync($"SELECT {string.Join(", ", types.Select((_, i) => $"c{i}"))} FROM $scan(0)", types, input);

        Assert.Equal(rows.Select(TestRows.Text).Order(), result.Select(TestRows.Text).Order());
    }

    [Fact]
    public async Task Floats_sort_and_group_by_their_bits()
    {
        double[] values = [1.5, double.NaN, -0.0, 0.0, double.NegativeInfinity, BitConverter.Int64BitsToDouble(unchecked((long)0xFFF8000000000001)), double.PositiveInfinity, -1.5, 0.0];
        var schema = new RowSchema(new Field("d", DataTypes.Double));
        var input = new ScanInput(schema, (_, _) => Once(new ChangeBatch(schema, [new FixedColumn<double>(DataTypes.Double, values)], values.Length)));

        var rows = await RunAsync("SELECT c0, count(*) FROM $scan(0) GROUP BY c0 ORDER BY c0 NULLS FIRST", [DataTypes.Double, DataTypes.BigInt], input);

        Assert.Equal(["-Infinity 1", "-1.5 1", "-0 1", "0 2", "1.5 1", "Infinity 1", "NaN 2"], rows.Select(r => FormattableString.Invariant($"{r[0]} {r[1]}")));
    }

    [Fact]
    public async Task Only_the_columns_that_are_needed_are_read()
    {
        var asked = new List<string>();
        var input = new ScanInput(Numbers, (columns, _) =>
        {
            lock (asked)
            {
                asked.Add(string.Join(",", columns));
            }

            return Batches(columns, b => b.Retain());
        });

        await RunAsync("SELECT count(*) FROM $scan(0)", [DataTypes.BigInt], input);
        await RunAsync("SELECT max(c2) FROM $scan(0) WHERE c0 > 7", [DataTypes.String], input);

        Assert.Equal("2,0", string.Join(",", asked[1].Split(',').OrderDescending()));
        Assert.True(asked[0].Length <= 1, asked[0]);
    }

    [Fact]
    public async Task Exception_in_the_middle_comes_out_as_it_was_thrown_and_the_next_query_works()
    {
        var error = new ArcticException(ErrorCodes.TableCorrupt, "File 'x' is short.");
        var input = new ScanInput(Numbers, (columns, _) => Batches(columns, b => ((FixedColumn<long>)b.Columns[0]).Values[0] >= Rows / 2 ? throw error : b.Retain()));

        var thrown = await Assert.ThrowsAsync<ArcticException>(() => RunAsync("SELECT c0, c1, c2 FROM $scan(0)", [DataTypes.BigInt, DataTypes.Int, DataTypes.String], input));
        var after = await RunAsync("SELECT count(*) FROM $scan(0)", [DataTypes.BigInt], Input());

        Assert.Same(error, thrown);
        Assert.Equal([(long)Rows], after.Single());
    }

    [Fact]
    public async Task Exception_on_one_side_of_a_join_comes_out()
    {
        var error = new ArcticException(ErrorCodes.TableCorrupt, "File 'x' is short.");
        var bad = new ScanInput(Numbers, (columns, _) => Failing(columns, error));

        var thrown = await Assert.ThrowsAsync<ArcticException>(
            () => RunAsync("SELECT count(*) FROM $scan(0) a JOIN $scan(1) b ON a.c0 = b.c0", [DataTypes.BigInt], Input(), bad));

        Assert.Same(error, thrown);
    }

    [Fact]
    public async Task Cancellation_in_the_middle_ends_the_query_and_closes_the_reader()
    {
        using var cancel = new CancellationTokenSource();
        var closed = new TaskCompletionSource();
        var input = new ScanInput(Numbers, (columns, token) => Endless(columns, closed, afterBatch: 20, cancel.Cancel, token));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync("SELECT count(*) FROM $scan(0) a JOIN $scan(0) b ON a.c0 = b.c0", [DataTypes.BigInt], cancel.Token, input));

        Assert.True(closed.Task.IsCompleted);
    }

    [Fact]
    public async Task Leaving_early_closes_the_reader()
    {
        var closed = new TaskCompletionSource();
        var input = new ScanInput(Numbers, (columns, token) => Endless(columns, closed, int.MaxValue, () => { }, token));
        var query = new DuckQuery(_database, "SELECT c0 FROM $scan(0)", [input], new RowSchema(new Field("c0", DataTypes.BigInt)), 2);

        await foreach (var batch in query.RunAsync(CancellationToken.None))
        {
            batch.Dispose();
            break;
        }

        Assert.True(closed.Task.IsCompleted);
    }

    [Fact]
    public async Task Every_lease_is_given_back_however_the_query_ends()
    {
        foreach (var sql in new[] { "SELECT c0 FROM $scan(0)", "SELECT c0 FROM $scan(0) LIMIT 3", "SELECT a.c0 FROM $scan(0) a JOIN $scan(0) b ON a.c0 = b.c0 LIMIT 1", "SELECT nonsense" })
        {
            var live = new LiveOwners();
            var input = new ScanInput(Numbers, (columns, _) => Batches(columns, b => new ChangeBatch(b.Schema, b.Columns, b.ColumnLength, lease: MemoryLease.Of(live.Take()))));
            try
            {
                await RunAsync(sql, [DataTypes.BigInt], input);
            }
            catch (ArcticException e) when (sql.Contains("nonsense"))
            {
                Assert.Equal(ErrorCodes.Internal, e.Code);
            }

            Assert.Equal(0, live.Count);
        }
    }

    [Fact]
    public async Task Out_of_memory_is_an_error_with_a_hint()
    {
        using var small = new DuckDatabase(new DuckDbOptions { Threads = 1, MemoryBytesMax = 16 << 20 });
        var input = new ScanInput(Numbers, (columns, token) => Endless(columns, new TaskCompletionSource(), int.MaxValue, () => { }, token));
        var query = new DuckQuery(small, "SELECT c0, c2 FROM $scan(0) ORDER BY c2, c0", [input], new RowSchema(new Field("c0", DataTypes.BigInt), new Field("c2", DataTypes.String)), 1);

        var error = await Assert.ThrowsAsync<ArcticException>(async () =>
        {
            await foreach (var batch in query.RunAsync(CancellationToken.None))
            {
                batch.Dispose();
            }
        });

        Assert.Equal(ErrorCodes.ResourcesExhausted, error.Code);
        Assert.Contains("arctic.batch.memory-limit", error.Hint);
    }

    [Fact]
    public async Task No_extension_is_fetched()
    {
        var query = new DuckQuery(
            _database, "SELECT current_setting('autoinstall_known_extensions'), current_setting('autoload_known_extensions')", [], new RowSchema(new Field("a", DataTypes.Boolean), new Field("b", DataTypes.Boolean)), 1);

        var rows = await TestRows.ReadAsync(query.RunAsync(CancellationToken.None));

        Assert.Equal([false, false], rows.Single());
    }

    private const int BatchRows = 1_111;

    private static object?[] Expected(int i) => [(long)i, i % 10 == 3 ? null : i % 10, i % 7 == 0 ? null : i % 2 == 0 ? $"s{i}" : $"a string longer than twelve bytes {i}"];

    private static ScanInput Input(Action? onOpen = null) => new(Numbers, (columns, _) =>
    {
        onOpen?.Invoke();
        return Batches(columns, b => b.Retain());
    });

    private static async IAsyncEnumerable<ChangeBatch> Batches(IReadOnlyList<int> columns, Func<ChangeBatch, ChangeBatch> map)
    {
        for (var start = 0; start < Rows; start += BatchRows)
        {
            await Task.Yield();
            using var all = TestRows.Batch(Numbers, Enumerable.Range(start, Math.Min(BatchRows, Rows - start)).Select(Expected).ToArray());
            using var projected = all.Project(columns.ToArray());
            yield return map(projected);
        }
    }

    private static async IAsyncEnumerable<ChangeBatch> Endless(
        IReadOnlyList<int> columns, TaskCompletionSource closed, int afterBatch, Action then, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            for (var i = 0; ; i++)
            {
                await Task.Yield();
                cancellationToken.ThrowIfCancellationRequested();
                if (i == afterBatch)
                {
                    then();
                }

                await foreach (var batch in Batches(columns, b => b.Retain()))
                {
                    yield return batch;
                }
            }
        }
        finally
        {
            closed.TrySetResult();
        }
    }

    private static async IAsyncEnumerable<ChangeBatch> Failing(IReadOnlyList<int> columns, Exception error)
    {
        await foreach (var batch in Batches(columns, b => b.Retain()))
        {
            yield return batch;
            throw error;
        }
    }

    private static async IAsyncEnumerable<ChangeBatch> Once(ChangeBatch batch)
    {
        await Task.Yield();
        yield return batch;
    }

    private Task<List<object?[]>> RunAsync(string sql, DataType[] types, params ScanInput[] inputs) => RunAsync(sql, types, CancellationToken.None, inputs);

    private Task<List<object?[]>> RunAsync(string sql, DataType[] types, CancellationToken cancellationToken, params ScanInput[] inputs)
    {
        var query = new DuckQuery(_database, sql, inputs, new RowSchema(types.Select((t, i) => new Field($"c{i}", t))), 2);
        return TestRows.ReadAsync(query.RunAsync(cancellationToken));
    }

    private sealed class LiveOwners
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public IDisposable Take()
        {
            Interlocked.Increment(ref _count);
            return new Owner(this);
        }

        private sealed class Owner(LiveOwners owners) : IDisposable
        {
            public void Dispose() => Interlocked.Decrement(ref owners._count);
        }
    }
}
