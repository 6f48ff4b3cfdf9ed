using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Mapping;
using Arctic.Iceberg.Spec;

namespace Arctic.Streams;

/// <summary>The rows of a stream as columns and back, by the compiled mapping of the table library: properties are columns by name, and what is no record is one column <c>value</c>. Thread-safe.</summary>
internal abstract class RowMapping<T>
{
    private static readonly bool IsRecord = MemberType.Of(typeof(T)).Kind == MemberKind.Record;

    /// <summary>The columns that such rows have on their way from step to step.</summary>
    /// <exception cref="ArcticException"><c>TYPE_MISMATCH</c>: a property's type has no column type.</exception>
    public static RowSchema NaturalSchema => TypeMapping.ToRowSchema(IsRecord ? RecordSchema.Of<T>() : RecordSchema.Of<SingleValue<T>>());

    /// <summary>Columns to rows and rows to columns of some schema.</summary>
    /// <param name="use">The way: reading asks for a column for each property, writing for a property for each column that takes no NULL.</param>
    /// <param name="owner">For messages: <c>the table 'shop.orders'</c>.</param>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c>, <c>TYPE_MISMATCH</c>: what does not fit, by name.</exception>
    public static RowMapping<T> Of(RowSchema schema, MappingUse use, string owner)
    {
        var fields = TypeMapping.FromRowSchema(schema).Fields.Select((f, i) => Exact(f, schema[i].Type)).ToArray();
        for (var i = 0; i < fields.Length; i++)
        {
            if (TypeMapping.ToDataType(fields[i].Type).Layout != schema[i].Type.Layout)
            {
                throw new ArcticException(ErrorCodes.Unsupported, $"Cannot use the column '{schema[i].Name}' of {owner} in a stream of records: its type {schema[i].Type} is not one that records have.")
                {
                    Hint = "Read it by a query that casts it: CAST(… AS INT) for TINYINT and SMALLINT.",
                };
            }
        }

        return IsRecord ? new Records(RecordColumns<T>.Bind(fields, use, owner)) : new Singles(RecordColumns<SingleValue<T>>.Bind(OnlyColumn(fields, owner), use, owner));
    }

    /// <summary>The columns of a schema that are properties, in the schema's order.</summary>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c>: a property has no column.</exception>
    public static int[] ColumnsOf(RowSchema schema, string owner)
    {
        if (!IsRecord)
        {
            return [.. Enumerable.Range(0, schema.Count)];
        }

        // Columns of types that records do not have are found too: they are told of once it is known that they are wanted.
        var fields = schema.Fields.Select((f, i) => new NestedField(i + 1, f.Name, IcebergTypes.Int, false)).ToArray();
        var wanted = RecordType<T>.Instance.Members.Select(m => m.FindColumn(fields) is >= 0 and var at ? at : throw m.NoColumn(fields, owner));
        return [.. wanted.Distinct().Order()];
    }

    /// <summary>A column for each field.</summary>
    public abstract Column[] Encode(T[] rows, int count);

    /// <summary>Rows of a column for each field.</summary>
    public abstract void Decode(IReadOnlyList<Column> columns, int count, T[] rows);

    private static NestedField Exact(NestedField field, DataType type) => type switch
    {
        DataType.Timestamp { IsNanos: true } => field with { Type = IcebergTypes.TimestampNs },
        DataType.TimestampLtz { IsNanos: true } => field with { Type = IcebergTypes.TimestampTzNs },
        _ => field,
    };

    private static NestedField[] OnlyColumn(NestedField[] fields, string owner) => fields.Length == 1
        ? [fields[0] with { Name = "value" }]
        : throw new ArcticException(ErrorCodes.TypeMismatch, $"Cannot map {MemberType.NameOf(typeof(T))} to the {fields.Length} columns of {owner}: it is one value.") { Hint = "Use a record with a property for each column." };

    private sealed class Records(RecordColumns<T> columns) : RowMapping<T>
    {
        public override Column[] Encode(T[] rows, int count) => columns.Encode(rows, count);

        public override void Decode(IReadOnlyList<Column> from, int count, T[] rows) => columns.Decode(from, count, rows);
    }

    private sealed class Singles(RecordColumns<SingleValue<T>> columns) : RowMapping<T>
    {
        public override Column[] Encode(T[] rows, int count)
        {
            var singles = new SingleValue<T>[count];
            for (var i = 0; i < count; i++)
            {
                singles[i] = new SingleValue<T>(rows[i]);
            }

            return columns.Encode(singles, count);
        }

        public override void Decode(IReadOnlyList<Column> from, int count, T[] rows)
        {
            var singles = new SingleValue<T>[count];
            columns.Decode(from, count, singles);
            for (var i = 0; i < count; i++)
            {
                rows[i] = singles[i].Value;
            }
        }
    }
}

/// <summary>A row of one value.</summary>
internal readonly record struct SingleValue<T>(T Value);
