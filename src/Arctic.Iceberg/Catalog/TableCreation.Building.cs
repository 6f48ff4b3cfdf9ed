using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Mapping;
using Arctic.Iceberg.Partitioning;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Catalog;

/// <content>Saying by name what a table is to be.</content>
public sealed partial record TableCreation
{
    /// <summary>
    /// A table whose columns are the properties of a record type: named in snake_case, required unless they admit null, of the types that docs/guide/iceberg.md lists;
    /// <see cref="IcebergColumnAttribute"/> says otherwise.
    /// </summary>
    /// <exception cref="ArcticException"><c>TYPE_MISMATCH</c>: a property's type has no column type; <c>INVALID_STATEMENT</c>: two columns could not be told apart.</exception>
    public static TableCreation For<T>() => new() { Schema = RecordSchema.Of<T>() };

    /// <summary>Adds a field to the partition spec.</summary>
    /// <param name="column">A column, or a field of a struct; exactly, or without its case and underscores.</param>
    /// <param name="transform">Null for the value itself.</param>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c>; <c>TYPE_MISMATCH</c>: the transform does not take the column's type; <c>ALREADY_EXISTS</c>: a field of its name.</exception>
    public TableCreation PartitionedBy(string column, Transform? transform = null)
    {
        transform ??= new Transform.Identity();
        var source = Find(column, transform);
        var name = NameOf(source, transform);
        if (PartitionSpec.Fields.Any(f => f.Name == name))
        {
            throw new ArcticException(ErrorCodes.AlreadyExists, $"The partition spec has a field '{name}' already.");
        }

        var field = new PartitionField(source.Id, Math.Max(PartitionSpec.HighestFieldId + 1, PartitionSpec.FirstFieldId), name, transform);
        return this with { PartitionSpec = PartitionSpec with { Fields = [.. PartitionSpec.Fields, field] } };
    }

    /// <summary>Adds a column to the sort order.</summary>
    /// <param name="column">As of <see cref="PartitionedBy"/>.</param>
    /// <param name="direction">Ascending puts NULLs first, descending last, as in other engines.</param>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c>; <c>TYPE_MISMATCH</c>: the column's type has no order.</exception>
    public TableCreation SortedBy(string column, SortDirection direction = SortDirection.Ascending)
    {
        var transform = new Transform.Identity();
        var nulls = direction == SortDirection.Ascending ? NullOrder.NullsFirst : NullOrder.NullsLast;
        var field = new SortField([Find(column, transform).Id], transform, direction, nulls);
        return this with { SortOrder = SortOrder with { OrderId = 1, Fields = [.. SortOrder.Fields, field] } };
    }

    /// <summary>Names the columns that identify a row. The library does not check that they do.</summary>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c>; <c>TYPE_MISMATCH</c>: a column is optional, or its type cannot identify.</exception>
    public TableCreation IdentifiedBy(params IEnumerable<string> columns)
    {
        var ids = columns.Select(c => Find(c, new Transform.Identity())).Select(f => f is { IsRequired: true, Type: not (IcebergType.Float or IcebergType.Double) }
            ? f.Id
            : throw new ArcticException(ErrorCodes.TypeMismatch, $"The column '{f.Name}' cannot identify rows: it must be required and no floating-point number, and it is {f}."));
        return this with { Schema = new Schema(Schema.SchemaId, Schema.Fields, ids) };
    }

    /// <summary>Sets a table property.</summary>
    public TableCreation WithProperty(string key, string value) => this with { Properties = new Dictionary<string, string>(Properties) { [key] = value } };

    private NestedField Find(string column, Transform transform)
    {
        var field = Schema.FindField(column) ?? FindLoosely(column) ?? throw new ArcticException(ErrorCodes.UnknownName, $"The new table has no column '{column}'.")
        {
            Hint = NameSuggestion.For(column, Schema.Fields.Select(f => f.Name)),
        };
        return TransformKernels.Accepts(transform, field.Type) && IsInStructs(Schema.AsStruct(), field.Id)
            ? field
            : throw new ArcticException(ErrorCodes.TypeMismatch, $"The transform '{transform}' does not take the column '{column}' of type {field.Type}.");
    }

    private NestedField? FindLoosely(string column) => ColumnNames.Find(Schema.Fields, column, $"'{column}'") is >= 0 and var index ? Schema.Fields[index] : null;

    // Lists and maps have fields too, but no single value a row.
    private static bool IsInStructs(IcebergType.Struct type, int id) => type.Fields.Any(f => f.Id == id || (f.Type is IcebergType.Struct nested && IsInStructs(nested, id)));

    // As the format's own implementation names them.
    private string NameOf(NestedField source, Transform transform)
    {
        var name = Schema.FindFullName(source.Id);
        return transform switch
        {
            Transform.Identity => name!, // the field was found in the schema
            Transform.Bucket => name + "_bucket",
            Transform.Truncate => name + "_trunc",
            Transform.Void => name + "_null",
            _ => $"{name}_{transform.Text}",
        };
    }
}
