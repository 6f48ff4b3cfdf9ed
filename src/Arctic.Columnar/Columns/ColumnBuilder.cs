using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Columns;

/// <summary>Grows a column row by row; for edges (parsers, tests, literals), not for kernels. Not thread-safe; usable again after <see cref="Build"/>.</summary>
public abstract class ColumnBuilder
{
    private byte[] _validity = [];
    private bool _hasNulls;

    private protected ColumnBuilder(DataType type) => Type = type;

    /// <summary>The type of the column.</summary>
    public DataType Type { get; }

    /// <summary>The rows appended since the last <see cref="Build"/>.</summary>
    public int Length { get; private set; }

    /// <summary>A builder for the type's layout.</summary>
    public static ColumnBuilder Create(DataType type) => type.Layout switch
    {
        ColumnLayout.Null => new NullColumnBuilder(),
        ColumnLayout.Boolean => new BooleanColumnBuilder(type),
        ColumnLayout.Int8 => new FixedColumnBuilder<sbyte>(type),
        ColumnLayout.Int16 => new FixedColumnBuilder<short>(type),
        ColumnLayout.Int32 => new FixedColumnBuilder<int>(type),
        ColumnLayout.Int64 => new FixedColumnBuilder<long>(type),
        ColumnLayout.Float32 => new FixedColumnBuilder<float>(type),
        ColumnLayout.Float64 => new FixedColumnBuilder<double>(type),
        ColumnLayout.Int128 => new FixedColumnBuilder<Int128>(type),
        ColumnLayout.Bytes => new BytesColumnBuilder(type),
        ColumnLayout.List => new ListColumnBuilder(type),
        ColumnLayout.Map => new MapColumnBuilder(type),
        ColumnLayout.Row => new RowColumnBuilder((DataType.Row)type),
        _ => throw new UnreachableException($"Layout {type.Layout}"),
    };

    /// <summary>A column of <paramref name="length"/> NULLs of any type.</summary>
    public static Column NullsOf(DataType type, int length)
    {
        var builder = Create(type);
        builder.AppendNull();
        return new ConstantColumn(builder.Build(), length);
    }

    /// <summary>Appends NULL.</summary>
    public void AppendNull()
    {
        AppendNullValue();
        if (!_hasNulls)
        {
            _hasNulls = true;
            _validity = new byte[Math.Max(16, Bitmap.BytesFor(Length + 1))];
            for (var i = 0; i < Length; i++)
            {
                Bitmap.Set(_validity, i);
            }
        }

        EnsureValidity();
        Length++;
    }

    /// <summary>Takes the rows out as a column and starts anew.</summary>
    public Column Build()
    {
        var validity = _hasNulls ? new Bitmap(_validity, 0) : Bitmap.AllSet;
        var column = BuildColumn(validity);
        (_validity, _hasNulls, Length) = ([], false, 0);
        return column;
    }

    private protected abstract void AppendNullValue();

    private protected abstract Column BuildColumn(Bitmap validity);

    private protected void MarkValid()
    {
        if (_hasNulls)
        {
            EnsureValidity();
            Bitmap.Set(_validity, Length);
        }

        Length++;
    }

    private void EnsureValidity()
    {
        if (_validity.Length < Bitmap.BytesFor(Length + 1))
        {
            Array.Resize(ref _validity, _validity.Length * 2);
        }
    }
}

/// <summary>Builds a <see cref="FixedColumn{T}"/>.</summary>
public sealed class FixedColumnBuilder<T>(DataType type) : ColumnBuilder(type)
    where T : unmanaged
{
    private T[] _values = [];

    /// <summary>Appends a value.</summary>
    public void Append(T value)
    {
        Add(value);
        MarkValid();
    }

    private protected override void AppendNullValue() => Add(default);

    private protected override Column BuildColumn(Bitmap validity)
    {
        var values = _values.AsSpan(0, Length).ToArray();
        _values = [];
        return new FixedColumn<T>(Type, values, validity);
    }

    private void Add(T value)
    {
        if (_values.Length == Length)
        {
            Array.Resize(ref _values, Math.Max(16, Length * 2));
        }

        _values[Length] = value;
    }
}

/// <summary>Builds a <see cref="BooleanColumn"/>.</summary>
public sealed class BooleanColumnBuilder(DataType type) : ColumnBuilder(type)
{
    private byte[] _bits = [];

    /// <summary>Appends a value.</summary>
    public void Append(bool value)
    {
        Add(value);
        MarkValid();
    }

    private protected override void AppendNullValue() => Add(false);

    private protected override Column BuildColumn(Bitmap validity)
    {
        var bits = _bits;
        _bits = [];
        return new BooleanColumn(Type, Length, new Bitmap(bits, 0), validity);
    }

    private void Add(bool value)
    {
        if (_bits.Length < Bitmap.BytesFor(Length + 1))
        {
            Array.Resize(ref _bits, Math.Max(16, _bits.Length * 2));
        }

        if (value)
        {
            Bitmap.Set(_bits, Length);
        }
    }
}

/// <summary>Builds a <see cref="BytesColumn"/>.</summary>
public sealed class BytesColumnBuilder(DataType type) : ColumnBuilder(type)
{
    private readonly List<int> _offsets = [0];
    private byte[] _data = [];
    private int _used;

    /// <summary>Appends bytes.</summary>
    public void Append(ReadOnlySpan<byte> value)
    {
        value.CopyTo(Reserve(value.Length));
        _offsets.Add(_used += value.Length);
        MarkValid();
    }

    /// <summary>Appends text as UTF-8.</summary>
    public void Append(ReadOnlySpan<char> value)
    {
        var count = Encoding.UTF8.GetByteCount(value);
        Encoding.UTF8.GetBytes(value, Reserve(count));
        _offsets.Add(_used += count);
        MarkValid();
    }

    private protected override void AppendNullValue() => _offsets.Add(_used);

    private protected override Column BuildColumn(Bitmap validity)
    {
        var column = new BytesColumn(Type, _offsets.ToArray(), _data.AsMemory(0, _used), validity);
        _offsets.Clear();
        _offsets.Add(0);
        (_data, _used) = ([], 0);
        return column;
    }

    private Span<byte> Reserve(int count)
    {
        if (_data.Length < checked(_used + count))
        {
            Array.Resize(ref _data, (int)Math.Min(Array.MaxLength, Math.Max(Math.Max(64L, _data.Length * 2L), _used + count)));
        }

        return _data.AsSpan(_used, count);
    }
}

/// <summary>Builds a <see cref="ListColumn"/>: append the elements of a row to <see cref="Elements"/>, then call <see cref="EndList"/>.</summary>
public sealed class ListColumnBuilder : ColumnBuilder
{
    private readonly List<int> _offsets = [0];

    /// <summary>Makes a builder for an array type.</summary>
    public ListColumnBuilder(DataType type)
        : base(type) => Elements = Create(((DataType.Array)type).Element);

    /// <summary>Takes the elements of the row under way.</summary>
    public ColumnBuilder Elements { get; }

    /// <summary>Ends the row under way.</summary>
    public void EndList()
    {
        _offsets.Add(Elements.Length);
        MarkValid();
    }

    private protected override void AppendNullValue() => _offsets.Add(Elements.Length);

    private protected override Column BuildColumn(Bitmap validity)
    {
        var column = new ListColumn(Type, _offsets.ToArray(), Elements.Build(), validity);
        _offsets.Clear();
        _offsets.Add(0);
        return column;
    }
}

/// <summary>Builds a <see cref="MapColumn"/>: append a row's keys and values, then call <see cref="EndMap"/>.</summary>
public sealed class MapColumnBuilder : ColumnBuilder
{
    private readonly List<int> _offsets = [0];

    /// <summary>Makes a builder for a map or multiset type.</summary>
    public MapColumnBuilder(DataType type)
        : base(type)
    {
        var (key, value) = type switch
        {
            DataType.Map map => (map.Key, map.Value),
            DataType.Multiset multiset => (multiset.Element, DataTypes.Int.AsNotNull()),
            _ => throw new UnreachableException($"Type {type}"),
        };
        Keys = Create(key);
        Values = Create(value);
    }

    /// <summary>Takes the keys of the row under way.</summary>
    public ColumnBuilder Keys { get; }

    /// <summary>Takes the values of the row under way.</summary>
    public ColumnBuilder Values { get; }

    /// <summary>Ends the row under way.</summary>
    public void EndMap()
    {
        Debug.Assert(Keys.Length == Values.Length, "A map has as many keys as values.");
        _offsets.Add(Keys.Length);
        MarkValid();
    }

    private protected override void AppendNullValue() => _offsets.Add(Keys.Length);

    private protected override Column BuildColumn(Bitmap validity)
    {
        var column = new MapColumn(Type, _offsets.ToArray(), Keys.Build(), Values.Build(), validity);
        _offsets.Clear();
        _offsets.Add(0);
        return column;
    }
}

/// <summary>Builds a <see cref="RowColumn"/>: append one value to each of <see cref="Children"/>, then call <see cref="EndRow"/>.</summary>
public sealed class RowColumnBuilder : ColumnBuilder
{
    /// <summary>Makes a builder for a row type.</summary>
    public RowColumnBuilder(DataType.Row type)
        : base(type) => Children = type.Fields.Select(f => Create(f.Type)).ToArray();

    /// <summary>One builder a field.</summary>
    public IReadOnlyList<ColumnBuilder> Children { get; }

    /// <summary>Ends the row under way.</summary>
    public void EndRow() => MarkValid();

    private protected override void AppendNullValue()
    {
        foreach (var child in Children)
        {
            child.AppendNull();
        }
    }

    private protected override Column BuildColumn(Bitmap validity) => new RowColumn(Type, Length, Children.Select(c => c.Build()).ToArray(), validity);
}

/// <summary>Builds a <see cref="NullColumn"/>.</summary>
internal sealed class NullColumnBuilder() : ColumnBuilder(DataTypes.Null)
{
    private protected override void AppendNullValue()
    {
    }

    private protected override Column BuildColumn(Bitmap validity) => new NullColumn(Length);
}
