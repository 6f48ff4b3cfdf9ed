using System.Diagnostics;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Memory;
using Arctic.Columnar.Types;

namespace Arctic.Columnar;

/// <summary>
/// The one shape in which rows move: columns in Arrow layout, a <see cref="RowKind"/> a row (none = all <c>+I</c>), perhaps a selection of
/// rows, and a lease on the memory under them. Immutable. Whoever receives a batch passes it on or disposes it, once; who wants to keep it
/// beside that calls <see cref="Retain"/>.
/// </summary>
/// <remarks>
/// Without a selection the rows are 0 to <see cref="RowCount"/> - 1 of the columns. With one, row i is at the columns' index
/// <c>Selection[i]</c>; indices ascend. <see cref="Kinds"/> is as long as the columns, not as the selection.
/// </remarks>
public sealed class ChangeBatch : IDisposable
{
    private readonly MemoryLease _lease;
    private int _isDisposed;

    /// <summary>Makes a batch; takes over one count of <paramref name="lease"/>.</summary>
    /// <param name="schema">Names and types, one a column.</param>
    /// <param name="columns">All of one length, <paramref name="columnLength"/>.</param>
    /// <param name="columnLength">The rows of every column; needed because a batch may have no columns.</param>
    /// <param name="kinds">One a column row; empty when all are <c>+I</c>.</param>
    /// <param name="selection">Ascending column rows that belong to the batch; null when all do.</param>
    /// <param name="lease">Keeps the columns' memory; null when the garbage collector does.</param>
    /// <exception cref="ArgumentException">The schema has another number of fields, or a column another length.</exception>
    public ChangeBatch(
        RowSchema schema,
        IReadOnlyList<Column> columns,
        int columnLength,
        ReadOnlyMemory<RowKind> kinds = default,
        ReadOnlyMemory<int>? selection = null,
        MemoryLease? lease = null)
    {
        RequireLengths(schema, columns, columnLength);
        Debug.Assert(kinds.IsEmpty || kinds.Length == columnLength, "There is a kind for each column row, or none at all.");
        Schema = schema;
        Columns = columns;
        ColumnLength = columnLength;
        Kinds = kinds;
        Selection = selection;
        _lease = lease ?? MemoryLease.Managed;
    }

    /// <summary>Names and types of the columns.</summary>
    public RowSchema Schema { get; }

    /// <summary>The columns; their rows are those of the batch only through <see cref="Selection"/>.</summary>
    public IReadOnlyList<Column> Columns { get; }

    /// <summary>The number of rows in every column, selected or not.</summary>
    public int ColumnLength { get; }

    /// <summary>The kind of each column row; empty when all are <c>+I</c>.</summary>
    public ReadOnlyMemory<RowKind> Kinds { get; }

    /// <summary>The column rows that belong to the batch, ascending; null when all do.</summary>
    public ReadOnlyMemory<int>? Selection { get; }

    /// <summary>The number of rows of the batch.</summary>
    public int RowCount => Selection?.Length ?? ColumnLength;

    /// <summary>Whether every row is <c>+I</c> because no kinds are there.</summary>
    public bool IsInsertOnly => Kinds.IsEmpty;

    /// <summary>The lease that this batch holds one count of; retain it to build another batch over the same memory.</summary>
    internal MemoryLease Lease => _lease;

    /// <summary>A batch without rows.</summary>
    public static ChangeBatch Empty(RowSchema schema) => new(schema, schema.Fields.Select(f => ColumnBuilder.Create(f.Type).Build()).ToArray(), 0);

    /// <summary>The kind of the row at a column index.</summary>
    public RowKind KindAt(int columnIndex) => Kinds.IsEmpty ? RowKind.Insert : Kinds.Span[columnIndex];

    /// <summary>Another holder of the same memory: the caller disposes the returned batch beside this one.</summary>
    public ChangeBatch Retain()
    {
        ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
        return new ChangeBatch(Schema, Columns, ColumnLength, Kinds, Selection, _lease.Retain());
    }

    /// <summary>A batch of other columns over this one's rows, kinds and selection; holds this one's memory too. The caller still disposes this one.</summary>
    /// <param name="schema">The new schema.</param>
    /// <param name="columns">As long as this batch's columns; some may be this batch's own.</param>
    public ChangeBatch WithColumns(RowSchema schema, IReadOnlyList<Column> columns) =>
        new(schema, columns, ColumnLength, Kinds, Selection, _lease.Retain());

    /// <summary>The columns at the given indices; holds this batch's memory. The caller still disposes this one.</summary>
    public ChangeBatch Project(ReadOnlySpan<int> indices)
    {
        var columns = new Column[indices.Length];
        var fields = new Field[indices.Length];
        for (var i = 0; i < columns.Length; i++)
        {
            (columns[i], fields[i]) = (Columns[indices[i]], Schema[indices[i]]);
        }

        return WithColumns(new RowSchema(new EquatableList<Field>(fields)), columns);
    }

    /// <summary>The same columns with another selection of column rows (ascending; null = all); holds this batch's memory. The caller still disposes this one.</summary>
    public ChangeBatch WithSelection(ReadOnlyMemory<int>? selection) => new(Schema, Columns, ColumnLength, Kinds, selection, _lease.Retain());

    /// <summary>The same columns with other kinds (one a column row, or none for all <c>+I</c>). The caller still disposes this one.</summary>
    public ChangeBatch WithKinds(ReadOnlyMemory<RowKind> kinds) => new(Schema, Columns, ColumnLength, kinds, Selection, _lease.Retain());

    /// <summary>The same rows under another schema with equal layouts (names, nullability). The caller still disposes this one.</summary>
    public ChangeBatch WithSchema(RowSchema schema)
    {
        var columns = new Column[Columns.Count];
        for (var i = 0; i < columns.Length; i++)
        {
            columns[i] = Columns[i].Type.Equals(schema[i].Type) ? Columns[i] : Columns[i].WithType(schema[i].Type);
        }

        return WithColumns(schema, columns);
    }

    /// <summary>A batch of rows <paramref name="start"/> to <paramref name="start"/> + <paramref name="count"/> - 1, without a copy. The caller still disposes this one.</summary>
    public ChangeBatch Slice(int start, int count)
    {
        if (Selection is { } selection)
        {
            return WithSelection(selection.Slice(start, count));
        }

        var columns = new Column[Columns.Count];
        for (var i = 0; i < columns.Length; i++)
        {
            columns[i] = Columns[i].Slice(start, count);
        }

        return new ChangeBatch(Schema, columns, count, Kinds.IsEmpty ? default : Kinds.Slice(start, count), null, _lease.Retain());
    }

    /// <summary>A batch of just the selected rows, copied into managed memory; this batch itself, retained, when it has no selection. The caller still disposes this one.</summary>
    public ChangeBatch Compact() => Selection is { } selection ? Gather(selection.Span) : Retain();

    /// <summary>A batch of the rows at the given column indices, in that order, copied into managed memory. The caller still disposes this one.</summary>
    public ChangeBatch Gather(ReadOnlySpan<int> columnIndices)
    {
        var columns = new Column[Columns.Count];
        for (var i = 0; i < columns.Length; i++)
        {
            columns[i] = Columns[i].Gather(columnIndices);
        }

        var kinds = Kinds.IsEmpty ? default : GatherKinds(Kinds.Span, columnIndices);
        return new ChangeBatch(Schema, columns, columnIndices.Length, kinds);
    }

    /// <summary>One batch of all rows of the given batches in their order, copied into managed memory. The caller still disposes them.</summary>
    /// <param name="schema">The schema of every batch and of the result.</param>
    /// <param name="batches">Any number of batches.</param>
    public static ChangeBatch Concat(RowSchema schema, IReadOnlyList<ChangeBatch> batches)
    {
        if (batches.Count == 0)
        {
            return Empty(schema);
        }

        var compact = batches.Select(b => b.Compact()).ToArray();
        var length = compact.Sum(b => b.RowCount);
        var columns = Enumerable.Range(0, schema.Count).Select(i => ColumnGather.Concat(compact.Select(b => b.Columns[i]).ToArray())).ToArray();
        ReadOnlyMemory<RowKind> kinds = default;
        if (compact.Any(b => !b.IsInsertOnly))
        {
            var all = new RowKind[length];
            var at = 0;
            foreach (var batch in compact)
            {
                batch.Kinds.Span.CopyTo(all.AsSpan(at));
                at += batch.RowCount;
            }

            kinds = all;
        }

        // One batch alone is passed through, so its memory must be held; more are copied.
        var lease = compact.Length == 1 ? compact[0].Lease.Retain() : MemoryLease.Managed;
        foreach (var batch in compact)
        {
            batch.Dispose();
        }

        return new ChangeBatch(schema, columns, length, kinds, null, lease);
    }

    /// <summary>Gives the memory back; a second call does nothing.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            _lease.Release();
        }
    }

    private static RowKind[] GatherKinds(ReadOnlySpan<RowKind> kinds, ReadOnlySpan<int> indices)
    {
        var result = new RowKind[indices.Length];
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = indices[i] < 0 ? RowKind.Insert : kinds[indices[i]];
        }

        return result;
    }

    // Kernels do not look again.
    private static void RequireLengths(RowSchema schema, IReadOnlyList<Column> columns, int columnLength)
    {
        if (schema.Count != columns.Count)
        {
            throw new ArgumentException($"A batch of {schema.Count} fields cannot have {columns.Count} columns.", nameof(columns));
        }

        for (var i = 0; i < columns.Count; i++)
        {
            if (columns[i].Length != columnLength)
            {
                throw new ArgumentException($"The column '{schema[i].Name}' of a batch of {columnLength} rows has {columns[i].Length}.", nameof(columns));
            }
        }
    }
}
