using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Apache.Arrow.C;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Arctic.Columnar;
using Arctic.Columnar.Arrow;
using Arctic.Columnar.Types;
using Arctic.Storage.Formats;

namespace Arctic.Storage.Parquet;

/// <summary>
/// The batches of the native reader. They are taken from under Apache.Arrow's view of the stream (<see cref="NativeArrays"/> says why), where that view is the one we know and the types are those that
/// Parquet files usually have; else through it, which is slower and the same.
/// </summary>
internal sealed unsafe class ParquetBatchStream : IDisposable
{
    private const string ViewName = "Apache.Arrow.C.CArrowArrayStreamImporter+ImportedArrowArrayStream";

    private readonly IArrowArrayStream _view;
    private readonly IArrowType[] _types;
    private readonly RowSchema _rows;

    /// <param name="view">Owned.</param>
    public ParquetBatchStream(IArrowArrayStream view)
    {
        _view = view;
        _types = [.. view.Schema.FieldsList.Select(f => f.DataType)];
        Fields = ParquetArrowSchema.FromArrow(view.Schema);
        _rows = new RowSchema(Fields.Select(f => new Field(f.Name, f.Type)));
        IsDirect = _types.All(NativeArrays.CanImport) && IsKnown(view);
    }

    /// <summary>The columns of the batches.</summary>
    public IReadOnlyList<FileField> Fields { get; }

    /// <summary>Whether the arrays are taken from under Apache.Arrow's view.</summary>
    public bool IsDirect { get; }

    /// <summary>The next batch; null at the end. Decoding happens here.</summary>
    public ChangeBatch? Next()
    {
        if (!IsDirect)
        {
            // The native stream completes synchronously.
            return _view.ReadNextRecordBatchAsync().AsTask().GetAwaiter().GetResult() is { } records ? ArrowImport.ToChangeBatch(records, _rows) : null;
        }

        NativeArray array = default;
        fixed (CArrowArrayStream* view = &StreamOf(_view))
        {
            var stream = (NativeStream*)view;
            if (stream->Next(stream, &array) is not 0 and var error)
            {
                throw new InvalidDataException(Marshal.PtrToStringUTF8((nint)stream->LastError(stream)) ?? $"error {error} of the native reader");
            }
        }

        return array.Release is null ? null : NativeArrays.ToChangeBatch(&array, _types, _rows);
    }

    /// <inheritdoc/>
    public void Dispose() => _view.Dispose();

    private static bool IsKnown(IArrowArrayStream view)
    {
        try
        {
            return view.GetType().FullName == ViewName && sizeof(CArrowArrayStream) == sizeof(NativeStream) && Unsafe.As<CArrowArrayStream, NativeStream>(ref StreamOf(view)).Release is not null;
        }
        catch (Exception e) when (e is MissingFieldException or TypeLoadException)
        {
            // Another version of Apache.Arrow.
            return false;
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_cArrayStream")]
    private static extern ref CArrowArrayStream StreamOf([UnsafeAccessorType("Apache.Arrow.C.CArrowArrayStreamImporter+ImportedArrowArrayStream, Apache.Arrow")] object view);

    // Arrow's C stream interface.
    [StructLayout(LayoutKind.Sequential)]
    private struct NativeStream
    {
        public delegate* unmanaged<NativeStream*, void*, int> Schema;
        public delegate* unmanaged<NativeStream*, NativeArray*, int> Next;
        public delegate* unmanaged<NativeStream*, byte*> LastError;
        public delegate* unmanaged<NativeStream*, void> Release;
        public void* PrivateData;
    }
}
