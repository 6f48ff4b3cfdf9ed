using Arctic.Columnar;
using Arctic.Storage.Formats;

namespace Arctic.Iceberg.Scanning;

/// <summary>
/// Which rows of a data file came and went between two states of the table. A plain scan is the change from no table at all: every live row came.
/// </summary>
/// <param name="Task">The data file.</param>
/// <param name="Before">The deletes of the earlier state; null when the file was not part of it.</param>
/// <param name="After">The deletes of the later state; null when the file is not part of it.</param>
internal sealed record FileChange(FileScanTask Task, FileDeletes? Before, FileDeletes? After)
{
    /// <summary>The commit that made the change, for columns that tell; null in plain scans.</summary>
    public ChangeOrigin? Origin { get; init; }

    /// <summary>Finds the changed rows of a batch.</summary>
    /// <param name="rows">Holds what the file does and remembers buffers between batches.</param>
    public ChangedRows Find(FileBatch batch, TaskColumns columns, RowBuffers rows)
    {
        var length = batch.Batch.ColumnLength;
        if (Before is null)
        {
            var deleted = rows.Cleared(0, length);
            return After!.Mark(batch, columns, Task.SequenceNumber, deleted.Span) ? new(Unmarked(deleted.Span), default, deleted) : new(null, default, deleted);
        }

        var before = rows.Cleared(0, length);
        var isAny = Before.Mark(batch, columns, Task.SequenceNumber, before.Span);
        if (After is null)
        {
            return new(isAny ? Unmarked(before.Span) : null, rows.AllDeleted(length), before);
        }

        var after = rows.Cleared(1, length);
        After.Mark(batch, columns, Task.SequenceNumber, after.Span);
        return Difference(before, after.Span);
    }

    private static ChangedRows Difference(Memory<bool> before, ReadOnlySpan<bool> after)
    {
        var was = before.Span;
        var kinds = new RowKind[was.Length];
        var changed = new List<int>();
        for (var i = 0; i < was.Length; i++)
        {
            if (was[i] != after[i])
            {
                kinds[i] = was[i] ? RowKind.Insert : RowKind.Delete;
                changed.Add(i);
            }
        }

        return new(changed.ToArray(), kinds, before);
    }

    private static int[] Unmarked(ReadOnlySpan<bool> marks)
    {
        var rows = new int[marks.Length - marks.Count(true)];
        var at = 0;
        for (var i = 0; i < marks.Length; i++)
        {
            if (!marks[i])
            {
                rows[at++] = i;
            }
        }

        return rows;
    }
}

/// <summary>The commit of a change.</summary>
/// <param name="Ordinal">0-based place among the commits of the read.</param>
/// <param name="SnapshotId">What the commit made.</param>
internal sealed record ChangeOrigin(int Ordinal, long SnapshotId);

/// <summary>Rows of a batch.</summary>
/// <param name="Selection">Ascending; null for all.</param>
/// <param name="Kinds">One a row of the batch; empty when all came.</param>
/// <param name="Deleted">Which rows of the batch are deleted; valid until the next batch.</param>
internal readonly record struct ChangedRows(ReadOnlyMemory<int>? Selection, ReadOnlyMemory<RowKind> Kinds, ReadOnlyMemory<bool> Deleted)
{
    // A bare null array would become an empty selection.
    public ChangedRows(int[]? selection, ReadOnlyMemory<RowKind> kinds, Memory<bool> deleted)
        : this(selection is null ? default(ReadOnlyMemory<int>?) : selection, kinds, (ReadOnlyMemory<bool>)deleted)
    {
    }
}

/// <summary>Marks that are made anew for every batch of a file.</summary>
internal sealed class RowBuffers
{
    private readonly bool[][] _marks = [[], []];
    private RowKind[] _deletes = [];

    /// <summary>One of two arrays of so many marks, none set.</summary>
    public Memory<bool> Cleared(int index, int length)
    {
        if (_marks[index].Length < length)
        {
            _marks[index] = new bool[length];
        }

        var marks = _marks[index].AsMemory(0, length);
        marks.Span.Clear();
        return marks;
    }

    /// <summary>So many <c>-D</c>; shared by batches, which do not change it.</summary>
    public ReadOnlyMemory<RowKind> AllDeleted(int length)
    {
        if (_deletes.Length < length)
        {
            _deletes = new RowKind[length];
            _deletes.AsSpan().Fill(RowKind.Delete);
        }

        return _deletes.AsMemory(0, length);
    }
}
