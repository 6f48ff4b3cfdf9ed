using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Partitioning;

/// <summary>Computes the partition columns of batches. Resolved once for a schema and a spec.</summary>
internal sealed class PartitionTransformer
{
    private readonly (int[] Path, Transform Transform, IcebergType Source)[] _fields;

    /// <summary>Resolves the spec's source columns.</summary>
    /// <exception cref="ArcticException"><c>FORMAT_UNSUPPORTED</c>: a transform is unknown or takes several columns; <c>TABLE_CORRUPT</c>: a source column is missing.</exception>
    public PartitionTransformer(Schema schema, PartitionSpec spec)
    {
        PartitionType = spec.PartitionType(schema);
        _fields = spec.Fields.Select(f => Resolve(schema, f)).ToArray();
    }

    /// <summary>The type of the tuples.</summary>
    public IcebergType.Struct PartitionType { get; }

    /// <summary>The partition values of the batch's column rows, a column for each field of the spec.</summary>
    public IReadOnlyList<Column> Apply(ChangeBatch batch)
    {
        var result = new Column[_fields.Length];
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = Apply(batch, i);
        }

        return result;
    }

    /// <summary>The values of one field of the spec.</summary>
    public Column Apply(ChangeBatch batch, int field)
    {
        var (path, transform, source) = _fields[field];
        return transform is Transform.Void
            ? IcebergValues.Repeat(PartitionType.Fields[field].Type, null, batch.ColumnLength)
            : TransformKernels.Apply(transform, source, SourceColumn(batch, path, TypeMapping.ToDataType(source)));
    }

    /// <summary>The tuple of one row of partition columns.</summary>
    public static PartitionTuple TupleAt(IReadOnlyList<Column> columns, int row)
    {
        var values = new object?[columns.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = IcebergValues.Box(columns[i], row);
        }

        return new PartitionTuple(values);
    }

    private static (int[] Path, Transform Transform, IcebergType Source) Resolve(Schema schema, PartitionField field)
    {
        if (field.Transform is Transform.Void)
        {
            return ([], field.Transform, IcebergTypes.Unknown);
        }

        if (field.SourceIds.Count != 1 || field.Transform is Transform.Unknown)
        {
            throw new ArcticException(ErrorCodes.FormatUnsupported, $"Cannot write to a table whose partition field '{field.Name}' has the transform '{field.Transform}'.");
        }

        return FindPath(schema.AsStruct(), field.SourceId) is { } found
            ? (found.Path.ToArray(), field.Transform, found.Type)
            : throw new ArcticException(ErrorCodes.TableCorrupt, $"The partition field '{field.Name}' is made of the column with id {field.SourceId}, which schema {schema.SchemaId} does not have.");
    }

    private static (List<int> Path, IcebergType Type)? FindPath(IcebergType.Struct type, int id)
    {
        for (var i = 0; i < type.Fields.Count; i++)
        {
            if (type.Fields[i].Id == id)
            {
                return ([i], type.Fields[i].Type);
            }

            if (type.Fields[i].Type is IcebergType.Struct nested && FindPath(nested, id) is { } found)
            {
                found.Path.Insert(0, i);
                return found;
            }
        }

        return null;
    }

    private static Column SourceColumn(ChangeBatch batch, int[] path, DataType type)
    {
        var column = batch.Columns[path[0]];
        for (var i = 1; i < path.Length; i++)
        {
            column = ((RowColumn)column.ToDense()).MemberAt(path[i]);
        }

        return ColumnWidening.To(column, type);
    }
}
