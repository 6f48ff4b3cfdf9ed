using Arctic.Columnar;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Puffin;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Writing;

/// <summary>
/// Writes the rows of one commit whose keys are remembered, to their partitions: as they come, or gathered to runs when they are of many partitions. Rows that are superseded while they wait
/// are never written. Not thread-safe.
/// </summary>
/// <param name="files">Takes the rows; stays the caller's.</param>
/// <param name="schema">The columns.</param>
/// <param name="keys">Remembers where rows are.</param>
internal sealed class KeyedRowWriter(PartitionedWriter files, RowSchema schema, CommitKeys keys) : IDisposable
{
    private readonly GatheredRows _run = new(schema);
    private readonly List<int> _runKeys = [];
    private int _runPlace;

    /// <summary>Appends rows.</summary>
    /// <param name="rows">Without a selection; the caller still disposes it.</param>
    /// <param name="numbers">The number of each row's key.</param>
    /// <param name="cancellationToken">Leaves part of the rows written.</param>
    public async ValueTask WriteAsync(ChangeBatch rows, int[] numbers, CancellationToken cancellationToken)
    {
        if (!files.IsCrowded)
        {
            foreach (var placed in await files.WriteAsync(rows, cancellationToken).ConfigureAwait(false))
            {
                keys.Place(numbers, placed);
            }

            return;
        }

        _runPlace = _run.RowCount == 0 ? keys.OpenPlace() : _runPlace;
        keys.Place(numbers, _runPlace, _run.RowCount);
        _run.Add(rows);
        _runKeys.AddRange(numbers);
        if (_run.IsFull)
        {
            await WriteRunAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Writes what waits and finishes all files.</summary>
    /// <returns>All files of the writer.</returns>
    public async ValueTask<IReadOnlyList<DataFile>> CompleteAsync(CancellationToken cancellationToken)
    {
        await WriteRunAsync(cancellationToken).ConfigureAwait(false);
        return await files.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _run.Dispose();

    private async ValueTask WriteRunAsync(CancellationToken cancellationToken)
    {
        if (_run.RowCount == 0)
        {
            return;
        }

        var rows = BatchRows.All(_run.RowCount);
        var alive = keys.SupersededAt(_runPlace) is { } superseded ? Array.FindAll(rows, r => !superseded.Contains(r)) : rows;
        var places = new RowPlaces(_run.RowCount);
        await files.WriteRunAsync(_run, alive, (part, placed) => places.Set(part.Span, placed, keys), cancellationToken).ConfigureAwait(false);
        keys.Move(_runPlace, _runKeys, places);
        _run.Clear();
        _runKeys.Clear();
    }
}

/// <summary>Where the rows of a run are, once they are written.</summary>
internal sealed class RowPlaces(int count)
{
    private readonly int[] _places = new int[count];
    private readonly long[] _positions = new long[count];

    /// <summary>The place of a row, and its position there.</summary>
    public (int Place, long Position) this[long row] => (_places[row], _positions[row]);

    /// <summary>Takes in where a part of the rows was written.</summary>
    /// <param name="part">The rows.</param>
    /// <param name="placed">By index into them.</param>
    public void Set(ReadOnlySpan<int> part, IReadOnlyList<PlacedRows> placed, CommitKeys keys)
    {
        foreach (var (rows, first) in placed)
        {
            var place = keys.PlaceOf(first.Location);
            var length = rows?.Length ?? part.Length;
            for (var i = 0; i < length; i++)
            {
                var row = part[rows is null ? i : rows[i]];
                (_places[row], _positions[row]) = (place, first.Position + i);
            }
        }
    }
}
