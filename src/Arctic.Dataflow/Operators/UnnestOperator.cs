using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Keyed;

namespace Arctic.Dataflow.Operators;

/// <summary>UNNEST: each row once for every element of a collection of it, with the element behind its columns. Keeps nothing.</summary>
/// <param name="collection">An array, map or multiset over the input; one task uses it at a time.</param>
/// <param name="withOrdinality">Whether the element's 1-based place follows.</param>
/// <param name="keepsEmpty">Whether a row without elements comes once, with NULLs.</param>
/// <param name="output">The input's columns, then those of an element, then the place.</param>
internal sealed class UnnestOperator(IBatchExpression collection, bool withOrdinality, bool keepsEmpty, RowSchema output) : StreamOperator
{
    private const int OutputRowsMax = 8192;

    private readonly List<int> _rows = new(OutputRowsMax);
    private readonly List<int> _elements = new(OutputRowsMax);
    private readonly List<int> _places = new(OutputRowsMax);

    /// <inheritdoc/>
    public override async ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken)
    {
        using (batch)
        {
            if (batch.RowCount == 0)
            {
                return;
            }

            var column = collection.Evaluate(EvaluationInput.Of(batch)).ToDense();
            var (elements, counts) = Parts(column);
            foreach (var row in BatchRows.Of(batch))
            {
                // A long collection is given in parts.
                var (next, end) = Range(column, row);
                if (next == end && keepsEmpty)
                {
                    Add(row, -1, 0);
                }

                for (var place = 1; next < end; next++)
                {
                    for (var left = counts?.Values[next] ?? 1; left > 0; left--, place++)
                    {
                        Add(row, next, place);
                        if (_rows.Count >= OutputRowsMax)
                        {
                            await Context.Output.EmitAsync(Take(batch, elements), cancellationToken).ConfigureAwait(false);
                        }
                    }
                }
            }

            if (_rows.Count > 0)
            {
                await Context.Output.EmitAsync(Take(batch, elements), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    // The columns of an element, and of a multiset how often each is there.
    private static (IReadOnlyList<Column> Elements, FixedColumn<int>? Counts) Parts(Column collection) => collection switch
    {
        ListColumn { Elements: RowColumn rows } => (Enumerable.Range(0, rows.Children.Count).Select(rows.MemberAt).ToList(), null),
        ListColumn list => ([list.Elements], null),
        MapColumn { Type: DataType.Multiset, Keys: RowColumn rows } set => (Enumerable.Range(0, rows.Children.Count).Select(rows.MemberAt).ToList(), (FixedColumn<int>)set.Values.ToDense()),
        MapColumn { Type: DataType.Multiset } set => ([set.Keys], (FixedColumn<int>)set.Values.ToDense()),
        MapColumn map => ([map.Keys, map.Values], null),
        _ => throw new System.Diagnostics.UnreachableException($"UNNEST got a {collection.GetType()} of {collection.Type}."),
    };

    private static (int Start, int End) Range(Column collection, int row)
    {
        if (collection.IsNull(row))
        {
            return (0, 0);
        }

        var offsets = collection is ListColumn list ? list.Offsets : ((MapColumn)collection).Offsets;
        return (offsets[row], offsets[row + 1]);
    }

    private void Add(int row, int element, int place)
    {
        _rows.Add(row);
        _elements.Add(element);
        _places.Add(place);
    }

    private ChangeBatch Take(ChangeBatch batch, IReadOnlyList<Column> elements)
    {
        var columns = new List<Column>(output.Count);
        var chosen = _elements.ToArray();
        using var gathered = batch.WithSelection(null).Gather(_rows.ToArray());
        columns.AddRange(gathered.Columns);
        columns.AddRange(elements.Select(e => e.Gather(chosen)));
        if (withOrdinality)
        {
            columns.Add(new FixedColumn<int>(output[^1].Type, _places.ToArray(), keepsEmpty ? PlacesThatAre(chosen) : Bitmap.AllSet));
        }

        for (var i = 0; i < columns.Count; i++)
        {
            columns[i] = columns[i].Type.Equals(output[i].Type) || columns[i] is NullColumn ? columns[i] : columns[i].WithType(output[i].Type);
        }

        var result = new ChangeBatch(output, columns.ToArray(), _rows.Count, gathered.Kinds);
        _rows.Clear();
        _elements.Clear();
        _places.Clear();
        return result;
    }

    private static Bitmap PlacesThatAre(int[] elements)
    {
        var bits = new byte[Bitmap.BytesFor(elements.Length)];
        for (var i = 0; i < elements.Length; i++)
        {
            if (elements[i] >= 0)
            {
                Bitmap.Set(bits, i);
            }
        }

        return new Bitmap(bits, 0);
    }
}
