using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Kernels;

/// <summary>Writes lists of byte strings; a row is what is added between two moves.</summary>
internal sealed class TextListWriter(DataType type, int length, Bitmap validity) : ColumnWriter(type, length, validity), IColumnWriter<TextListWriter>
{
    private readonly int[] _offsets = new int[length + 1];
    private readonly List<int> _ends = [0];
    private byte[] _data = [];

    public static TextListWriter Create(DataType type, int length, Bitmap validity) => new(type, length, validity);

    public void Add(ReadOnlySpan<byte> element)
    {
        var end = checked(_ends[^1] + element.Length);
        if (_data.Length < end)
        {
            Array.Resize(ref _data, (int)Math.Min(Array.MaxLength, Math.Max(256L, end * 2L)));
        }

        element.CopyTo(_data.AsSpan(_ends[^1]));
        _ends.Add(end);
    }

    public override void MoveTo(int row)
    {
        while (Row < row)
        {
            _offsets[++Row] = _ends.Count - 1;
        }
    }

    public override Column Build()
    {
        MoveTo(Length);
        return new ListColumn(Type, _offsets, new BytesColumn(((DataType.Array)Type).Element, _ends.ToArray(), _data.AsMemory(0, _ends[^1])), Validity);
    }
}
