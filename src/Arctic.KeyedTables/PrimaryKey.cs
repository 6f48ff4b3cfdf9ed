using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;

namespace Arctic.KeyedTables;

/// <summary>The primary key of a table: columns in the order of the PRIMARY KEY clause, which the key hash depends on.</summary>
internal sealed class PrimaryKey
{
    private readonly int[] _indices;
    private readonly bool[] _isUuid;

    /// <summary>Finds the key's columns in a schema.</summary>
    /// <param name="schema">The table's columns.</param>
    /// <param name="columns">The key's column names, in the order of the clause.</param>
    /// <param name="uuidColumns">Names of columns that are UUIDs in Iceberg (BINARY(16) in SQL), which hash otherwise than bytes do.</param>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.UnknownName"/>: a key column does not exist.</exception>
    public PrimaryKey(RowSchema schema, IReadOnlyList<string> columns, IReadOnlySet<string>? uuidColumns = null)
    {
        Columns = columns;
        _indices = new int[columns.Count];
        _isUuid = new bool[columns.Count];
        for (var i = 0; i < columns.Count; i++)
        {
            _indices[i] = schema.FindIndex(columns[i]);
            if (_indices[i] < 0)
            {
                throw new ArcticException(ErrorCodes.UnknownName, $"Cannot find source column: '{columns[i]}' of the primary key is not a column of the table.")
                {
                    Hint = NameSuggestion.For(columns[i], schema.Fields.Select(f => f.Name)),
                };
            }

            _isUuid[i] = uuidColumns is not null && uuidColumns.Contains(columns[i]);
        }
    }

    /// <summary>The names, in the order of the clause.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>The 0-based indices of the key's columns in the schema, in the order of the clause.</summary>
    public ReadOnlySpan<int> Indices => _indices;

    /// <summary>Which of the key's columns are UUIDs.</summary>
    public ReadOnlySpan<bool> UuidFlags => _isUuid;

    /// <summary>The key's columns of a row set, in the order of the clause.</summary>
    public Column[] Select(IReadOnlyList<Column> columns)
    {
        var result = new Column[_indices.Length];
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = columns[_indices[i]];
        }

        return result;
    }

    /// <summary>Fills in the key hash, never negative, of every row of columns that have this key's schema.</summary>
    /// <param name="columns">All columns of the schema.</param>
    /// <param name="hashes">One a column row.</param>
    public void Hash(IReadOnlyList<Column> columns, Span<int> hashes) => KeyHash.Compute(Select(columns), _isUuid, hashes);

    /// <inheritdoc/>
    public override string ToString() => string.Join(",", Columns);
}
