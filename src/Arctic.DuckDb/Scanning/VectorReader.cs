using System.Diagnostics;
using System.Runtime.InteropServices;
using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Keyed;
using Arctic.DuckDb.Native;

namespace Arctic.DuckDb.Scanning;

/// <summary>Collects chunks of a DuckDB result into columns of ours, copied into managed memory. Not thread-safe.</summary>
internal sealed unsafe class VectorReader
{
    private readonly RowSchema _schema;
    private readonly ColumnSink[] _sinks;
    private int _rows;

    /// <summary>Makes a reader for results whose columns have these types, by <see cref="DuckColumnType"/>.</summary>
    public VectorReader(RowSchema schema)
    {
        _schema = schema;
        _sinks = schema.Fields.Select(f => ColumnSink.Create(f.Type)).ToArray();
    }

    /// <summary>The rows since the last <see cref="Build"/>.</summary>
    public int RowCount => _rows;

    /// <summary>Appends a chunk's rows.</summary>
    public void Append(nint chunk)
    {
        var count = (int)DuckNative.DataChunkGetSize(chunk);
        for (var i = 0; i < _sinks.Length; i++)
        {
            var vector = DuckNative.DataChunkGetVector(chunk, (ulong)i);
            _sinks[i].Append(DuckNative.VectorGetData(vector), DuckNative.VectorGetValidity(vector), count);
        }

        _rows += count;
    }

    /// <summary>Takes the rows out as a batch.</summary>
    public ChangeBatch Build()
    {
        var batch = new ChangeBatch(_schema, _sinks.Select(s => s.Build()).ToArray(), _rows);
        _rows = 0;
        return batch;
    }

    private abstract class ColumnSink(DataType type)
    {
        private byte[] _validity = [];
        private bool _hasNulls;

        protected DataType Type { get; } = type;

        protected int Length { get; private set; }

        public static ColumnSink Create(DataType type) => type.Layout switch
        {
            ColumnLayout.Null => new NullSink(),
            ColumnLayout.Boolean => new BooleanSink(type),
            ColumnLayout.Int8 => new FixedSink<sbyte>(type),
            ColumnLayout.Int16 => new FixedSink<short>(type),
            ColumnLayout.Int32 => new FixedSink<int>(type),
            ColumnLayout.Int64 => new FixedSink<long>(type),
            ColumnLayout.Int128 => new FixedSink<Int128>(type),
            ColumnLayout.Float32 => new FloatSink(type),
            ColumnLayout.Float64 => new DoubleSink(type),
            ColumnLayout.Bytes => new BytesSink(type),
            _ => throw new UnreachableException($"Layout {type.Layout}"),
        };

        public void Append(void* data, ulong* validity, int count)
        {
            AppendValues(data, validity, count);
            AppendValidity(validity, count);
            Length += count;
        }

        public Column Build()
        {
            var column = BuildColumn(Length, _hasNulls ? new Bitmap(_validity, 0) : Bitmap.AllSet);
            (_validity, _hasNulls, Length) = ([], false, 0);
            return column;
        }

        protected abstract void AppendValues(void* data, ulong* validity, int count);

        protected abstract Column BuildColumn(int length, Bitmap validity);

        private void AppendValidity(ulong* validity, int count)
        {
            if (validity is null && !_hasNulls)
            {
                return;
            }

            var needed = Bitmap.BytesFor(Length + count);
            if (_validity.Length < needed)
            {
                Array.Resize(ref _validity, Math.Max(needed, _validity.Length * 2));
            }

            for (var i = 0; !_hasNulls && i < Length; i++)
            {
                Bitmap.Set(_validity, i);
            }

            _hasNulls = true;
            var source = validity is null ? default : MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(validity, (count + 63) >> 6));
            for (var i = 0; i < count; i++)
            {
                if (source.IsEmpty || Bitmap.IsSet(source, i))
                {
                    Bitmap.Set(_validity, Length + i);
                }
            }
        }
    }

    private class FixedSink<T>(DataType type) : ColumnSink(type)
        where T : unmanaged
    {
        private T[] _values = [];

        protected override void AppendValues(void* data, ulong* validity, int count) => new ReadOnlySpan<T>(data, count).CopyTo(Reserve(count));

        protected override Column BuildColumn(int length, Bitmap validity)
        {
            var values = _values.AsSpan(0, length).ToArray();
            _values = [];
            return new FixedColumn<T>(Type, values, validity);
        }

        protected Span<T> Reserve(int count)
        {
            if (_values.Length < Length + count)
            {
                Array.Resize(ref _values, Math.Max(Length + count, _values.Length * 2));
            }

            return _values.AsSpan(Length, count);
        }
    }

    private sealed class FloatSink(DataType type) : FixedSink<float>(type)
    {
        protected override void AppendValues(void* data, ulong* validity, int count)
        {
            var source = new ReadOnlySpan<int>(data, count);
            var target = Reserve(count);
            for (var i = 0; i < count; i++)
            {
                target[i] = FloatOrder.ToFloat(source[i]);
            }
        }
    }

    private sealed class DoubleSink(DataType type) : FixedSink<double>(type)
    {
        protected override void AppendValues(void* data, ulong* validity, int count)
        {
            var source = new ReadOnlySpan<long>(data, count);
            var target = Reserve(count);
            for (var i = 0; i < count; i++)
            {
                target[i] = FloatOrder.ToDouble(source[i]);
            }
        }
    }

    private sealed class BooleanSink(DataType type) : ColumnSink(type)
    {
        private byte[] _bits = [];

        protected override void AppendValues(void* data, ulong* validity, int count)
        {
            var needed = Bitmap.BytesFor(Length + count);
            if (_bits.Length < needed)
            {
                Array.Resize(ref _bits, Math.Max(needed, _bits.Length * 2));
            }

            // What stands in a NULL row is undefined, perhaps neither 0 nor 1.
            var source = new ReadOnlySpan<byte>(data, count);
            for (var i = 0; i < count; i++)
            {
                if ((source[i] & 1) != 0)
                {
                    Bitmap.Set(_bits, Length + i);
                }
            }
        }

        protected override Column BuildColumn(int length, Bitmap validity)
        {
            var bits = _bits;
            _bits = [];
            return new BooleanColumn(Type, length, new Bitmap(bits, 0), validity);
        }
    }

    private sealed class BytesSink(DataType type) : ColumnSink(type)
    {
        private readonly List<int> _offsets = [0];
        private byte[] _data = [];
        private int _used;

        protected override void AppendValues(void* data, ulong* validity, int count)
        {
            var source = (DuckString*)data;
            for (var i = 0; i < count; i++)
            {
                // A NULL row's string may be garbage.
                if (validity is null || (validity[i >> 6] >> (i & 63) & 1) != 0)
                {
                    var bytes = DuckString.Bytes(source + i);
                    Reserve(bytes.Length);
                    bytes.CopyTo(_data.AsSpan(_used));
                    _used += bytes.Length;
                }

                _offsets.Add(_used);
            }
        }

        protected override Column BuildColumn(int length, Bitmap validity)
        {
            var column = new BytesColumn(Type, _offsets.ToArray(), _data.AsMemory(0, _used), validity);
            _offsets.Clear();
            _offsets.Add(0);
            (_data, _used) = ([], 0);
            return column;
        }

        private void Reserve(int count)
        {
            if (_data.Length < checked(_used + count))
            {
                Array.Resize(ref _data, (int)Math.Min(Array.MaxLength, Math.Max(Math.Max(256L, _data.Length * 2L), _used + count)));
            }
        }
    }

    private sealed class NullSink() : ColumnSink(DataTypes.Null)
    {
        protected override void AppendValues(void* data, ulong* validity, int count)
        {
        }

        protected override Column BuildColumn(int length, Bitmap validity) => new NullColumn(length);
    }
}
