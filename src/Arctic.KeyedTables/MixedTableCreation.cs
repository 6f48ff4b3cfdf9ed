using System.Globalization;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Partitioning;
using Arctic.Iceberg.Spec;

namespace Arctic.KeyedTables;

/// <summary>What a new table is to be.</summary>
internal sealed record MixedTableCreation
{
    /// <summary>The database.</summary>
    public required string Database { get; init; }

    /// <summary>The table's name in it.</summary>
    public required string Name { get; init; }

    /// <summary>The columns.</summary>
    public required RowSchema Columns { get; init; }

    /// <summary>The primary key in the order of the clause; empty for none. Its columns become NOT NULL.</summary>
    public IReadOnlyList<string> PrimaryKey { get; init; } = [];

    /// <summary>The fields of PARTITIONED BY.</summary>
    public IReadOnlyList<PartitionColumn> Partitioning { get; init; } = [];

    /// <summary>The WITH clause; stored as it stands.</summary>
    public IReadOnlyDictionary<string, string> Properties { get; init; } = new Dictionary<string, string>();

    /// <summary>The Iceberg schema.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.UnknownName"/>, <see cref="ErrorCodes.InvalidStatement"/>: a key column that is not there, or of a type that no key can have.</exception>
    public Schema ToSchema()
    {
        foreach (var name in PrimaryKey)
        {
            var index = Columns.FindIndex(name);
            if (index < 0)
            {
                throw UnknownColumn(name, "primary key");
            }

            if (Columns[index].Type is DataType.Float or DataType.Double or DataType.Array or DataType.Map or DataType.Multiset or DataType.Row)
            {
                throw new ArcticException(
                    ErrorCodes.InvalidStatement, $"Column '{name}' of type {Columns[index].Type.AsNullable()} cannot be part of the primary key of table '{Database}.{Name}'.");
            }
        }

        // The format keeps identifier fields as a sorted set; the order of the key is in a property of its own.
        return TypeMapping.FromRowSchema(Columns, Columns.Fields.Select(f => f.Name).Where(PrimaryKey.Contains));
    }

    /// <summary>The partition spec.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.UnknownName"/>; <see cref="ErrorCodes.InvalidStatement"/>: a transform that the column's type does not have.</exception>
    public PartitionSpec ToSpec(Schema schema)
    {
        var fields = new List<PartitionField>();
        foreach (var (column, transform) in Partitioning)
        {
            var source = schema.Fields.FirstOrDefault(f => f.Name == column) ?? throw UnknownColumn(column, "PARTITIONED BY clause");
            if (!TransformKernels.Accepts(transform, source.Type))
            {
                throw new ArcticException(ErrorCodes.InvalidStatement, $"Table '{Database}.{Name}' cannot be partitioned by {transform} of column '{column}', which is of type '{source.Type}'.");
            }

            fields.Add(new PartitionField(source.Id, PartitionSpec.FirstFieldId + fields.Count, NameOf(column, transform), transform));
        }

        return new PartitionSpec(0, fields.ToEquatableList());
    }

    /// <summary>The properties of one of the stores (spec/arctic.md, A.2.2).</summary>
    /// <param name="changeStore">The name of the change store; null for a table without a key.</param>
    /// <param name="isChangeStore">Whether they are those of the change store.</param>
    /// <param name="createdMs">Now, in epoch milliseconds.</param>
    public Dictionary<string, string> PropertiesOf(TableIdentifier? changeStore, bool isChangeStore, long createdMs)
    {
        var properties = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [TableProperties.FormatVersion] = "2",
            [TableProperties.DeleteAfterCommit] = "true",
            ["write.parquet.compression-codec"] = "zstd",
            ["flink.max-continuous-empty-commits"] = int.MaxValue.ToString(CultureInfo.InvariantCulture),
        };
        foreach (var (key, value) in Properties)
        {
            properties[key] = value;
        }

        properties[MixedFormatProperties.TableFormat] = MixedFormatProperties.MixedIceberg;
        properties[MixedFormatProperties.TableStore] = isChangeStore ? "change" : "base";
        properties[MixedFormatProperties.CreateTimestamp] = createdMs.ToString(CultureInfo.InvariantCulture);
        if (changeStore is not null)
        {
            properties[MixedFormatProperties.PrimaryKeyFields] = string.Join(',', PrimaryKey);
            if (!isChangeStore)
            {
                properties[MixedFormatProperties.ChangeIdentifier] = changeStore.ToString();
            }
        }

        return properties;
    }

    private ArcticException UnknownColumn(string name, string where) =>
        new(ErrorCodes.UnknownName, $"Cannot find source column: '{name}' in the {where} of table '{Database}.{Name}' is not one of its columns.")
        {
            Hint = NameSuggestion.For(name, Columns.Fields.Select(f => f.Name)),
        };

    private static string NameOf(string column, Transform transform) => transform switch
    {
        Transform.Year => column + "_year",
        Transform.Month => column + "_month",
        Transform.Day => column + "_day",
        Transform.Hour => column + "_hour",
        Transform.Bucket => column + "_bucket",
        Transform.Truncate => column + "_trunc",
        _ => column,
    };
}

/// <summary>One field of PARTITIONED BY.</summary>
internal readonly record struct PartitionColumn(string Column, Transform Transform);
