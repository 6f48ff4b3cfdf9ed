using System.Runtime.CompilerServices;
using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Iceberg.Spec;
using Arctic.KeyedTables.Stores;

namespace Arctic.KeyedTables.Reading;

/// <summary>Reads one changelog split in the order in which its writer got the changes: two ordered sides, merged a window at a time. One split at a time.</summary>
/// <param name="key">The table's key, which a filter on a node needs.</param>
internal sealed class ChangelogSplitReader(IStoreFileReader files, ReadColumns columns, PrimaryKey key)
{
    /// <summary>Reads a split from a position on.</summary>
    /// <param name="filter">The node whose keys alone are wanted; null for all.</param>
    /// <returns>Batches with kinds, owned by the receiver, each with the position behind it.</returns>
    public async IAsyncEnumerable<SplitBatch> ReadAsync(ChangelogSplit split, KeyBucket? filter, SplitPosition from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var deletes = new Side(files, split.Deletes, split.Sequence, columns.WithKeyAndOffset, cancellationToken);
        await using var ownedDeletes = deletes.ConfigureAwait(false);
        var inserts = new Side(files, split.Inserts, split.Sequence, columns.WithKeyAndOffset, cancellationToken);
        await using var ownedInserts = inserts.ConfigureAwait(false);
        var row = 0L;
        while (true)
        {
            await deletes.FillAsync().ConfigureAwait(false);
            await inserts.FillAsync().ConfigureAwait(false);
            if (deletes.IsAtEnd && inserts.IsAtEnd)
            {
                yield break;
            }

            // Up to here both sides are known; what is behind may still be paired with a row to come.
            var bound = Math.Min(deletes.LastOffset, inserts.LastOffset);
            using var window = MergeWindow(deletes.TakeUpTo(bound), inserts.TakeUpTo(bound));
            var end = row + window.RowCount;
            if (end > from.Row)
            {
                yield return new SplitBatch(Finish(window, filter, (int)Math.Max(0, from.Row - row)), new SplitPosition(0, end));
            }

            row = end;
        }
    }

    private static ChangeBatch MergeWindow(ChangeBatch? deletes, ChangeBatch? inserts)
    {
        using (deletes)
        using (inserts)
        {
            if (deletes is null)
            {
                return inserts!.Retain();
            }

            if (inserts is null)
            {
                var kinds = new RowKind[deletes.ColumnLength];
                kinds.AsSpan().Fill(RowKind.Delete);
                return deletes.WithKinds(kinds);
            }

            return ChangelogMerge.Merge(deletes.Schema, deletes, ReadColumns.OffsetsOf(deletes.Columns), inserts, ReadColumns.OffsetsOf(inserts.Columns));
        }
    }

    private ChangeBatch? Finish(ChangeBatch window, KeyBucket? filter, int skip)
    {
        var rows = Enumerable.Range(skip, window.ColumnLength - skip).ToArray();
        if (filter is { } node)
        {
            var hashes = new int[window.ColumnLength];
            KeyHash.Compute(columns.KeyOf(window.Columns), key.UuidFlags, hashes);
            rows = Array.FindAll(rows, r => (hashes[r] & node.Mask) == node.Index);
        }

        if (rows.Length == 0)
        {
            return null;
        }

        using var result = window.Project(columns.ResultIndices);
        return rows.Length == window.ColumnLength ? result.Retain() : result.WithSelection(rows);
    }

    /// <summary>The rows of one side, from file to file; holds the batch that the merge has come to.</summary>
    private sealed class Side : IAsyncDisposable
    {
        private readonly IAsyncEnumerator<ChangeBatch> _batches;
        private ChangeBatch? _batch;
        private bool _hasEnded;

        public Side(IStoreFileReader files, IReadOnlyList<DataFile> sources, long sequence, IReadOnlyList<NestedField> columns, CancellationToken cancellationToken)
        {
            _batches = ReadAsync(files, sources, sequence, columns, cancellationToken).GetAsyncEnumerator(cancellationToken);
        }

        public bool IsAtEnd => _batch is null;

        /// <summary>The offset of the last row at hand; beyond all others at the end.</summary>
        public long LastOffset => _batch is null ? long.MaxValue : ReadColumns.OffsetsOf(_batch.Columns)[^1];

        public async ValueTask FillAsync()
        {
            while (_batch is null && !_hasEnded)
            {
                if (!await _batches.MoveNextAsync().ConfigureAwait(false))
                {
                    _hasEnded = true;
                    return;
                }

                using var next = _batches.Current;
                _batch = next.RowCount == 0 ? null : next.Compact();
            }
        }

        /// <summary>Takes out the rows up to an offset; null when there are none.</summary>
        public ChangeBatch? TakeUpTo(long bound)
        {
            if (_batch is null)
            {
                return null;
            }

            var count = ChangelogMerge.CountUpTo(ReadColumns.OffsetsOf(_batch.Columns), bound);
            if (count == 0)
            {
                return null;
            }

            using var all = _batch;
            _batch = count == all.RowCount ? null : all.Slice(count, all.RowCount - count);
            return count == all.RowCount ? all.Retain() : all.Slice(0, count);
        }

        public async ValueTask DisposeAsync()
        {
            _batch?.Dispose();
            await _batches.DisposeAsync().ConfigureAwait(false);
        }

        private static async IAsyncEnumerable<ChangeBatch> ReadAsync(
            IStoreFileReader files, IReadOnlyList<DataFile> sources, long sequence, IReadOnlyList<NestedField> columns, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            foreach (var file in sources)
            {
                await foreach (var part in files.ReadAsync(StoreKind.Change, file, sequence, [], columns, cancellationToken).ConfigureAwait(false))
                {
                    yield return part.Batch;
                }
            }
        }
    }
}
