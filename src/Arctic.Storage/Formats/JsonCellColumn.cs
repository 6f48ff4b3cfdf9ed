using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using System.Text.Unicode;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;

namespace Arctic.Storage.Formats;

/// <summary>A column of arrays, maps or rows, written as JSON; maps are objects.</summary>
internal sealed class JsonCellColumn(DataType type, CellFormat format) : CellColumn(type, format)
{
    private readonly TimestampFormat _timestamps = format.Timestamps;
    private byte[] _scratch = [];

    public override Column Parse(CellText text, CellTable cells, int column, BadCells bad)
    {
        var builder = ColumnBuilder.Create(Type);
        var ranges = cells.Cells;
        for (int row = 0, i = column; row < cells.RowCount; row++, i += cells.ColumnCount)
        {
            if (ranges[i].Length < 0)
            {
                builder.AppendNull();
                if (!Type.IsNullable)
                {
                    bad.Add(row, column);
                }

                continue;
            }

            if (!AppendCell(text.Of(ranges[i]), builder))
            {
                bad.Add(row, column);
            }
        }

        return builder.Build();
    }

    // The cell is a container that the tokenizer has read before, so it is well formed.
    private bool AppendCell(ReadOnlySpan<byte> cell, ColumnBuilder builder)
    {
        var reader = new Utf8JsonReader(cell);
        reader.Read();
        return Append(ref reader, builder);
    }

    // Appends exactly one value, NULL when it cannot be read, so that the columns of a row stay aligned.
    private bool Append(ref Utf8JsonReader reader, ColumnBuilder builder)
    {
        switch (reader.TokenType, builder)
        {
            case (JsonTokenType.Null, _):
                builder.AppendNull();
                return builder.Type.IsNullable;
            case (JsonTokenType.StartArray, ListColumnBuilder list):
                return AppendList(ref reader, list);
            case (JsonTokenType.StartObject, MapColumnBuilder map):
                return AppendMap(ref reader, map);
            case (JsonTokenType.StartObject, RowColumnBuilder row):
                return AppendRow(ref reader, row);
            case (JsonTokenType.StartArray or JsonTokenType.StartObject, _):
                reader.Skip();
                builder.AppendNull();
                return false;
            default:
                return AppendText(TextOf(ref reader), builder);
        }
    }

    private bool AppendList(ref Utf8JsonReader reader, ListColumnBuilder list)
    {
        var isValid = true;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            isValid &= Append(ref reader, list.Elements);
        }

        list.EndList();
        return isValid;
    }

    private bool AppendMap(ref Utf8JsonReader reader, MapColumnBuilder map)
    {
        var isValid = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            isValid &= AppendText(TextOf(ref reader), map.Keys);
            reader.Read();
            isValid &= Append(ref reader, map.Values);
        }

        map.EndMap();
        return isValid;
    }

    private bool AppendRow(ref Utf8JsonReader reader, RowColumnBuilder row)
    {
        var isValid = true;
        var fields = ((DataType.Row)row.Type).Fields;
        var target = row.Length + 1;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = 0;
            while (field < fields.Count && (row.Children[field].Length == target || !reader.ValueTextEquals(fields[field].Name)))
            {
                field++;
            }

            reader.Read();
            if (field < fields.Count)
            {
                isValid &= Append(ref reader, row.Children[field]);
            }
            else
            {
                reader.Skip();
            }
        }

        foreach (var child in row.Children)
        {
            if (child.Length < target)
            {
                child.AppendNull();
                isValid &= child.Type.IsNullable;
            }
        }

        row.EndRow();
        return isValid;
    }

    private bool AppendText(ReadOnlySpan<byte> text, ColumnBuilder builder) => (builder, builder.Type) switch
    {
        (FixedColumnBuilder<sbyte> b, _) => AppendParsed(text, b, default(IntegerParser<sbyte>)),
        (FixedColumnBuilder<short> b, _) => AppendParsed(text, b, default(IntegerParser<short>)),
        (FixedColumnBuilder<int> b, DataType.Date) => AppendParsed(text, b, default(DateParser)),
        (FixedColumnBuilder<int> b, _) => AppendParsed(text, b, default(IntegerParser<int>)),
        (FixedColumnBuilder<long> b, DataType.Time t) => AppendParsed(text, b, new TimeParser(t.Precision)),
        (FixedColumnBuilder<long> b, DataType.Timestamp t) => AppendParsed(text, b, new TimestampParser(t.Precision, _timestamps)),
        (FixedColumnBuilder<long> b, DataType.TimestampLtz t) => AppendParsed(text, b, new ZonedTimestampParser(t.Precision, _timestamps)),
        (FixedColumnBuilder<long> b, _) => AppendParsed(text, b, default(IntegerParser<long>)),
        (FixedColumnBuilder<float> b, _) => AppendParsed(text, b, default(FloatParser<float>)),
        (FixedColumnBuilder<double> b, _) => AppendParsed(text, b, default(FloatParser<double>)),
        (FixedColumnBuilder<Int128> b, DataType.Decimal d) => AppendParsed(text, b, new DecimalParser(d.Precision, d.Scale)),
        (BooleanColumnBuilder b, _) => AppendBoolean(text, b),
        (BytesColumnBuilder b, DataType.Char or DataType.VarChar) => AppendBytes(text, b),
        (BytesColumnBuilder b, _) => AppendBase64(text, b),
        _ => AppendNothing(builder),
    };

    private static bool AppendParsed<T, TParser>(ReadOnlySpan<byte> text, FixedColumnBuilder<T> builder, TParser parser)
        where T : unmanaged
        where TParser : struct, ICellParser<T>
    {
        if (!parser.TryParse(text, out var value))
        {
            return AppendNothing(builder);
        }

        builder.Append(value);
        return true;
    }

    private static bool AppendBoolean(ReadOnlySpan<byte> text, BooleanColumnBuilder builder)
    {
        if (!NumberCells.TryParseBoolean(text, out var value))
        {
            return AppendNothing(builder);
        }

        builder.Append(value);
        return true;
    }

    private static bool AppendBytes(ReadOnlySpan<byte> text, BytesColumnBuilder builder)
    {
        builder.Append(text);
        return Utf8.IsValid(text);
    }

    private static bool AppendBase64(ReadOnlySpan<byte> text, BytesColumnBuilder builder)
    {
        var bytes = new byte[text.Length];
        if (Base64.DecodeFromUtf8(text, bytes, out _, out var count) != OperationStatus.Done)
        {
            return AppendNothing(builder);
        }

        builder.Append(bytes.AsSpan(0, count));
        return true;
    }

    private static bool AppendNothing(ColumnBuilder builder)
    {
        builder.AppendNull();
        return false;
    }

    private ReadOnlySpan<byte> TextOf(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            return reader.ValueSpan;
        }

        _scratch = _scratch.Length >= reader.ValueSpan.Length ? _scratch : new byte[Math.Max(256, reader.ValueSpan.Length)];
        return _scratch.AsSpan(0, reader.CopyString(_scratch));
    }
}
