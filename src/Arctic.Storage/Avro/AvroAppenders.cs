using System.Diagnostics;
using System.Text;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Storage.Formats;

namespace Arctic.Storage.Avro;

/// <summary>Makes the appenders of a file: the schema is walked once, then each value costs one call of the appender of its column.</summary>
internal static class AvroAppenders
{
    /// <summary>Appenders of the columns whose ids are wanted.</summary>
    /// <param name="record">The file's record.</param>
    /// <param name="fields">Its members (<see cref="AvroFields"/>), with the ids that they are wanted by.</param>
    /// <param name="ids">Ids of columns and of members of rows. A row of which no member is wanted has its NULLs alone; a map is read whole.</param>
    /// <param name="file">For messages.</param>
    /// <exception cref="ArcticException"><c>FORMAT_UNSUPPORTED</c>: a wanted column is a union of several types.</exception>
    public static AvroColumns Compile(AvroSchema.Record record, IReadOnlyList<FileField> fields, IReadOnlySet<int> ids, string file)
    {
        var wanted = Wanted(fields, ids);
        var builders = wanted.Select(i => Projected(fields[i], ids)).Select(f => (Field: f, Builder: ColumnBuilder.Create(f.Type))).ToArray();
        return new AvroColumns(
            builders.Select(b => b.Field).ToArray(), builders.Select(b => b.Builder).ToArray(), MembersOf(record, fields, wanted, builders.Select(b => b.Builder).ToArray(), ids, file));
    }

    private static int[] Wanted(IReadOnlyList<FileField> fields, IReadOnlySet<int> ids) =>
        Enumerable.Range(0, fields.Count).Where(i => fields[i].FieldId is { } id && ids.Contains(id)).ToArray();

    /// <summary>The field with the wanted members of rows only.</summary>
    private static FileField Projected(FileField field, IReadOnlySet<int> ids)
    {
        switch (field.Type)
        {
            case DataType.Row:
                var members = Wanted(field.Children, ids).Select(i => Projected(field.Children[i], ids)).ToArray();
                return field with
                {
                    Children = new(members),
                    Type = new DataType.Row(new EquatableList<Field>(members.Select(m => new Field(m.Name, m.Type)))).WithNullability(field.Type.IsNullable),
                };
            case DataType.Array:
                var element = Projected(field.Children[0], ids);
                return field with { Children = [element], Type = new DataType.Array(element.Type).WithNullability(field.Type.IsNullable) };
            default:
                return field;
        }
    }

    private static MembersAppender MembersOf(
        AvroSchema.Record record, IReadOnlyList<FileField> fields, int[] wanted, IReadOnlyList<ColumnBuilder> builders, IReadOnlySet<int>? ids, string file)
    {
        var members = record.Fields.Select(f => AvroSkips.Of(f.Type)).ToArray();
        for (var i = 0; i < wanted.Length; i++)
        {
            members[wanted[i]] = Of(record.Fields[wanted[i]].Type, fields[wanted[i]], builders[i], ids, file);
        }

        return new MembersAppender(members);
    }

    /// <param name="ids">Null below a map, which is read whole.</param>
    private static AvroAppender Of(AvroSchema schema, FileField field, ColumnBuilder builder, IReadOnlySet<int>? ids, string file)
    {
        var value = AvroFields.ValueOf(schema)
            ?? throw new ArcticException(ErrorCodes.FormatUnsupported, $"Cannot read the column '{field.Name}' of '{file}': it is an Avro union of several types.");
        var appender = OfValue(value, field, builder, ids, file);
        return schema is AvroSchema.Union union ? new OptionalAppender(builder, appender, union) : appender;
    }

    private static AvroAppender OfValue(AvroSchema schema, FileField field, ColumnBuilder builder, IReadOnlySet<int>? ids, string file) => (schema, builder) switch
    {
        (AvroSchema.Record record, RowColumnBuilder row) => new RowAppender(
            row, MembersOf(record, field.Children, ids is null ? Enumerable.Range(0, field.Children.Count).ToArray() : Wanted(field.Children, ids), row.Children, ids, file)),
        (AvroSchema.Array array, MapColumnBuilder map) when AvroFields.EntryOf(array) is { } entry =>
            MapOf(map, entry.Fields[0].Type, entry.Fields[1].Type, field, AvroItems.MayBeEmpty(entry), file),
        (AvroSchema.Map type, MapColumnBuilder map) => MapOf(map, AvroSchemas.String, type.Values, field, false, file),
        (AvroSchema.Array array, ListColumnBuilder list) => new ListAppender(list, Of(array.Items, field.Children[0], list.Elements, ids, file), AvroItems.MayBeEmpty(array.Items)),
        (AvroSchema.Enum type, BytesColumnBuilder bytes) => new EnumAppender(bytes, SymbolsOf(type, file)),
        (AvroSchema.Fixed f, FixedColumnBuilder<Int128> numbers) => new DecimalAppender(numbers, f.Size),
        (AvroSchema.Fixed f, BytesColumnBuilder bytes) => new FixedAppender(bytes, f.Size),
        (AvroSchema.Primitive primitive, _) => OfPrimitive(primitive, builder),
        _ => throw new UnreachableException($"{schema.GetType().Name} into {builder.GetType().Name}"),
    };

    private static AvroAppender OfPrimitive(AvroSchema.Primitive schema, ColumnBuilder builder) => builder switch
    {
        BooleanColumnBuilder b => new BooleanAppender(b),
        FixedColumnBuilder<int> b => new IntAppender(b),
        FixedColumnBuilder<long> b when schema.LogicalType is "time-millis" or "timestamp-millis" or "local-timestamp-millis" => new MillisAppender(b),
        FixedColumnBuilder<long> b => new LongAppender(b),
        FixedColumnBuilder<float> b => new FloatAppender(b),
        FixedColumnBuilder<double> b => new DoubleAppender(b),
        FixedColumnBuilder<Int128> b => new DecimalAppender(b, null),
        BytesColumnBuilder b when schema is { Kind: AvroKind.String, LogicalType: "uuid" } => new UuidTextAppender(b),
        BytesColumnBuilder b => new BytesAppender(b),
        _ => new NullAppender(builder),
    };

    private static MapAppender MapOf(MapColumnBuilder map, AvroSchema key, AvroSchema value, FileField field, bool isEmptyPossible, string file) =>
        new(map, Of(key, field.Children[0], map.Keys, null, file), Of(value, field.Children[1], map.Values, null, file), isEmptyPossible);

    private static byte[][] SymbolsOf(AvroSchema.Enum type, string file)
    {
        // A byte of the file stands for a whole name, which must therefore be short.
        const int lengthMax = 1024;
        return type.Symbols.All(s => s.Length <= lengthMax)
            ? type.Symbols.Select(Encoding.UTF8.GetBytes).ToArray()
            : throw new ArcticException(ErrorCodes.FormatUnsupported, $"Cannot read '{file}': an Avro enumeration has a name of more than {lengthMax} characters.");
    }
}

/// <summary>The wanted columns of a file while rows are read.</summary>
/// <param name="Fields">What the columns are.</param>
/// <param name="Builders">One a column.</param>
/// <param name="Row">Decodes a row of the file into the builders.</param>
internal sealed record AvroColumns(IReadOnlyList<FileField> Fields, IReadOnlyList<ColumnBuilder> Builders, AvroAppender Row);
