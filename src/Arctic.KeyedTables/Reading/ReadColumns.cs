using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using Arctic.KeyedTables.Stores;

namespace Arctic.KeyedTables.Reading;

/// <summary>
/// Which columns are read of files so that a result can be made: those of the result first, then key columns that it lacks, then the hidden offset. Immutable.
/// </summary>
internal sealed class ReadColumns
{
    private readonly int[] _resultIndices;
    private readonly int[] _keyIndices;

    /// <summary>Works the columns out.</summary>
    /// <param name="schema">The table's columns.</param>
    /// <param name="key">The table's key; null for none.</param>
    /// <param name="result">The 0-based columns of the result.</param>
    public ReadColumns(Schema schema, PrimaryKey? key, IReadOnlyList<int> result)
    {
        ResultSchema = schema.ToRowSchema().Project(result);
        _resultIndices = Enumerable.Range(0, result.Count).ToArray();
        var read = result.ToList();
        var keyColumns = key is null ? [] : key.Indices.ToArray();
        read.AddRange(keyColumns.Where(c => !result.Contains(c)));
        _keyIndices = keyColumns.Select(c => read.IndexOf(c)).ToArray();
        Result = result.Select(c => schema.Fields[c]).ToArray();
        WithKey = read.Select(c => schema.Fields[c]).ToArray();
        WithKeyAndOffset = [.. WithKey, HiddenColumns.FileOffset];
        ResultAndOffset = [.. Result, HiddenColumns.FileOffset];
        KeyAndOffset = [.. keyColumns.Select(c => schema.Fields[c]), HiddenColumns.FileOffset];
    }

    /// <summary>The columns of the result.</summary>
    public RowSchema ResultSchema { get; }

    /// <summary>Enough where nothing is compared.</summary>
    public IReadOnlyList<NestedField> Result { get; }

    /// <summary>Enough for a base file whose keys are compared.</summary>
    public IReadOnlyList<NestedField> WithKey { get; }

    /// <summary>Enough for an insert file whose keys are compared.</summary>
    public IReadOnlyList<NestedField> WithKeyAndOffset { get; }

    /// <summary>Enough for changes of a bucket.</summary>
    public IReadOnlyList<NestedField> ResultAndOffset { get; }

    /// <summary>Enough for deletes.</summary>
    public IReadOnlyList<NestedField> KeyAndOffset { get; }

    /// <summary>The indices of the result among the read columns.</summary>
    public ReadOnlySpan<int> ResultIndices => _resultIndices;

    /// <summary>The key's columns among columns read as <see cref="WithKey"/> or <see cref="WithKeyAndOffset"/>, in the order of the key.</summary>
    public Column[] KeyOf(IReadOnlyList<Column> columns)
    {
        var key = new Column[_keyIndices.Length];
        for (var i = 0; i < key.Length; i++)
        {
            key[i] = columns[_keyIndices[i]];
        }

        return key;
    }

    /// <summary>The values of the hidden offset, which was read last.</summary>
    public static ReadOnlySpan<long> OffsetsOf(IReadOnlyList<Column> columns) => ((FixedColumn<long>)columns[^1].ToDense()).Values;
}
