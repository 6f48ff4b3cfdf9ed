using System.Buffers;
using Arctic.Columnar.Errors;
using Arctic.Storage.ObjectStores;

namespace Arctic.Storage.Parquet;

/// <summary>
/// A seekable, synchronous view of a Parquet file for the native reader: every byte that it decodes comes through here, and the checksums of pages are verified on their way.
/// What was fetched ahead, and the tail, come from memory, a local file's bytes straight from the file; what the footer of another did not announce is asked for while the reader waits,
/// which no usual file makes it do.
/// </summary>
internal sealed class ParquetSourceStream(ParquetSource source) : Stream
{
    private Dictionary<long, (int RowGroup, int Leaf)>? _chunks;

    /// <summary>What went wrong in the store or with a page; the native library reports it as a text only.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>The bytes that are in memory beside the tail.</summary>
    public FetchedRanges? Fetched { get; set; }

    /// <summary>From now on the native reader asks for these column chunks, each whole: their pages are verified.</summary>
    /// <param name="rowGroups">Indices of row groups.</param>
    /// <param name="leaves">Leaf indices; null for all.</param>
    public void ExpectChunks(IReadOnlyList<int> rowGroups, IReadOnlyList<int>? leaves)
    {
        _chunks = [];
        foreach (var group in rowGroups)
        {
            var columns = source.Footer.RowGroups[group].Columns;
            for (var i = 0; i < (leaves?.Count ?? columns.Count); i++)
            {
                var leaf = leaves?[i] ?? i;
                if (columns[leaf].CompressedSize > 0)
                {
                    _chunks[columns[leaf].StartOffset] = (group, leaf);
                }
            }
        }
    }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => source.Object.Size;

    public override long Position { get; set; }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var start = Position;
        var wanted = (int)Math.Min(buffer.Length, Math.Max(0, Length - start));
        try
        {
            for (var read = 0; read < wanted;)
            {
                var rest = buffer[read..wanted];
                var count = source.CopyTail(Position, rest);
                count = count > 0 ? count : Fetched?.Copy(Position, rest) ?? 0;
                count = count > 0 ? count : ReadUnannounced(rest);
                read += count;
                Position += count;
            }

            if (_chunks is not null && wanted > 0)
            {
                VerifyPages(start, buffer[..wanted]);
            }

            return wanted;
        }
        catch (Exception e)
        {
            Failure = e;
            throw;
        }
    }

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => Position + offset,
        _ => Length + offset,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private void VerifyPages(long start, ReadOnlySpan<byte> bytes)
    {
        if (!_chunks!.TryGetValue(start, out var place)) // the caller has looked
        {
            throw new ArcticException(ErrorCodes.Internal, $"The native Parquet reader asked for {bytes.Length:N0} bytes of '{source.Location}' at offset {start:N0}, where no column chunk begins that is to be read.");
        }

        try
        {
            PageChecksums.Verify(bytes, source.Footer.RowGroups[place.RowGroup].Columns[place.Leaf].ValueCount);
        }
        catch (ArcticException e)
        {
            throw new ArcticException(e.Code, $"'{source.Location}' is damaged: of column '{source.Footer.Leaves[place.Leaf].Name}' in row group {place.RowGroup}, which begins at offset {start:N0}, {e.Message}.", e);
        }
    }

    private int ReadUnannounced(Span<byte> buffer)
    {
        if (source.Object is ISpanReader file)
        {
            file.Read(Position, buffer);
            return buffer.Length;
        }

        var bytes = ArrayPool<byte>.Shared.Rent(buffer.Length);
        try
        {
            source.Object.ReadAsync(Position, bytes.AsMemory(0, buffer.Length), CancellationToken.None).AsTask().GetAwaiter().GetResult();
            bytes.AsSpan(0, buffer.Length).CopyTo(buffer);
            return buffer.Length;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
