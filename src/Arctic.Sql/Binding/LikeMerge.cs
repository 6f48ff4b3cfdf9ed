using Arctic.Columnar.Types;
using Arctic.Sql.Catalog;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Binding;

/// <summary>
/// What a new table takes of the table of its LIKE clause, as the clause's options say (spec/flink-sql.md, 2): everything, with options overwritten, unless it says otherwise.
/// Physical columns always come; a partitioning or distribution comes unless the new table has one, whatever the options say, as in Flink.
/// </summary>
internal sealed class LikeMerge
{
    private readonly LikeClause _clause;
    private readonly TableDefinition _base;
    private readonly Dictionary<string, string> _strategies = new()
    {
        ["CONSTRAINTS"] = "INCLUDING",
        ["DISTRIBUTION"] = "INCLUDING",
        ["PARTITIONS"] = "INCLUDING",
        ["GENERATED"] = "INCLUDING",
        ["METADATA"] = "INCLUDING",
        ["OPTIONS"] = "OVERWRITING",
        ["WATERMARKS"] = "INCLUDING",
    };

    public LikeMerge(LikeClause clause, BindingContext context)
    {
        _clause = clause;
        _base = context.Tables.Find(clause.Source) switch
        {
            ResolvedTable.Table table => table.Definition,
            ResolvedTable.View => throw BindingErrors.Invalid(clause.Source, $"Source table '{clause.Source}' of the LIKE clause can not be a VIEW."),
            var missing => throw new Columnar.Errors.ArcticException(Columnar.Errors.ErrorCodes.UnknownName, $"Source table '{clause.Source}' of the LIKE clause not found in the catalog.")
            {
                Position = clause.Source.Position,
                Hint = (missing as ResolvedTable.Missing)?.Hint,
            },
        };
        ReadOptions();
    }

    /// <summary>The columns that come of the base table, in its order.</summary>
    public IEnumerable<TableColumn> Columns => _base.Columns.Where(c => c switch
    {
        TableColumn.Computed => !Excludes("GENERATED"),
        TableColumn.Metadata => !Excludes("METADATA"),
        _ => true,
    });

    /// <summary>The key that comes of the base table; empty for none.</summary>
    public EquatableList<string> PrimaryKey => Excludes("CONSTRAINTS") ? [] : _base.PrimaryKey;

    /// <summary>The name of that key's constraint.</summary>
    public string? PrimaryKeyName => Excludes("CONSTRAINTS") ? null : _base.PrimaryKeyName;

    /// <summary>The distribution that comes of the base table.</summary>
    public TableDistribution? Distribution => _base.Distribution;

    /// <summary>The watermark that comes of the base table; null for none.</summary>
    public WatermarkElement? Watermark => Excludes("WATERMARKS") || _base.Watermark is not { } watermark ? null
        : new WatermarkElement(new QualifiedName([new Identifier(watermark.Column, _clause.Span)], _clause.Span), watermark.Expression, watermark.Text, _clause.Span);

    /// <summary>Whether a declared column takes the place of one of the base table.</summary>
    /// <exception cref="Columnar.Errors.ArcticException">It may not.</exception>
    public bool Overwrites(ColumnElement element, TableColumn column, TableColumn existing)
    {
        if (!_base.Columns.Contains(existing))
        {
            return false;
        }

        var (feature, kind) = (existing, column) switch
        {
            (TableColumn.Computed, TableColumn.Computed) => ("GENERATED", "generated"),
            (TableColumn.Metadata, TableColumn.Metadata) => ("METADATA", "metadata"),
            _ => throw BindingErrors.Invalid(element.Name, $"A column named '{column.Name}' already exists in the base table."),
        };
        return _strategies[feature] == "OVERWRITING" ? true
            : throw BindingErrors.Invalid(element.Name, $"A {kind} column named '{column.Name}' already exists in the base table. You might want to specify EXCLUDING {feature} or OVERWRITING {feature}.");
    }

    /// <summary>The partitioning of the new table.</summary>
    public EquatableList<PartitionField> MergePartitioning(IReadOnlyList<PartitionElement> declared, IReadOnlyList<TableColumn> columns)
    {
        if (declared.Count > 0 && _base.Partitioning.Count > 0 && !Excludes("PARTITIONS"))
        {
            throw BindingErrors.Invalid(declared[0], "The base table already has partitions defined. You might want to specify EXCLUDING PARTITIONS.");
        }

        return declared.Count > 0 ? new(declared.Select(p => PartitionBinder.Bind(p, columns))) : _base.Partitioning;
    }

    /// <summary>The options of the new table.</summary>
    public TableOptions MergeOptions(IReadOnlyList<OptionPair> declared)
    {
        var pairs = declared.Select(o => KeyValuePair.Create(o.Key, o.Value)).ToList();
        if (Excludes("OPTIONS"))
        {
            return new TableOptions(pairs);
        }

        var repeated = _strategies["OPTIONS"] == "OVERWRITING" ? null : declared.FirstOrDefault(o => _base.Options.ContainsKey(o.Key));
        return repeated is null
            ? _base.Options.Overlaid(pairs)
            : throw BindingErrors.Invalid(
                repeated, $"There already exists an option ['{repeated.Key}' -> '{_base.Options[repeated.Key]}']  in the base table. You might want to specify EXCLUDING OPTIONS or OVERWRITING OPTIONS.");
    }

    /// <summary>Refuses a key beside that of the base table.</summary>
    public void RefuseSecondKey(ConstraintElement key)
    {
        if (PrimaryKey.Count > 0)
        {
            throw BindingErrors.Invalid(key, "The base table already has a primary key. You might want to specify EXCLUDING CONSTRAINTS.");
        }
    }

    /// <summary>Refuses a watermark beside that of the base table.</summary>
    public void RefuseSecondWatermark(WatermarkElement watermark)
    {
        if (_strategies["WATERMARKS"] == "INCLUDING" && _base.Watermark is { } existing)
        {
            throw BindingErrors.Invalid(
                watermark, $"There already exists a watermark spec for column '{existing.Column}' in the base table. You might want to specify EXCLUDING WATERMARKS or OVERWRITING WATERMARKS.");
        }
    }

    private bool Excludes(string feature) => _strategies[feature] == "EXCLUDING";

    // ALL first, whatever its place.
    private void ReadOptions()
    {
        foreach (var option in _clause.Options.OrderBy(o => o.Feature == "ALL" ? 0 : 1))
        {
            if (option is { Strategy: "OVERWRITING", Feature: "ALL" or "CONSTRAINTS" or "DISTRIBUTION" or "PARTITIONS" })
            {
                throw BindingErrors.Invalid(option, $"Illegal merging strategy 'OVERWRITING' for '{option.Feature}' option.");
            }

            foreach (var feature in option.Feature == "ALL" ? _strategies.Keys.ToList() : [option.Feature])
            {
                _strategies[feature] = option.Strategy;
            }
        }
    }
}
