using System.Buffers;
using Arctic.Storage.ObjectStores;

namespace Arctic.Storage.Parquet;

/// <summary>Bytes of a file that were fetched, by offset. A stretch gives its memory back when as much was read from it as was wanted. Not thread-safe.</summary>
internal sealed class FetchedRanges : IDisposable
{
    private const int RequestsAtOnce = 8;

    private readonly List<Piece> _pieces;

    private FetchedRanges(List<Piece> pieces) => _pieces = pieces;

    /// <summary>Fetches stretches, several at once.</summary>
    /// <param name="reader">The file.</param>
    /// <param name="ranges">In file order, without overlap.</param>
    /// <param name="cancellationToken">Stops the requests.</param>
    public static async Task<FetchedRanges> FetchAsync(IObjectReader reader, IReadOnlyList<FetchRange> ranges, CancellationToken cancellationToken)
    {
        var result = new FetchedRanges(ranges.Select(r => new Piece(r)).ToList());
        try
        {
            if (ranges.Count == 1)
            {
                await result._pieces[0].FillAsync(reader, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                var options = new ParallelOptions { MaxDegreeOfParallelism = RequestsAtOnce, CancellationToken = cancellationToken };
                await Parallel.ForEachAsync(result._pieces, options, (piece, token) => piece.FillAsync(reader, token)).ConfigureAwait(false);
            }

            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    /// <summary>Copies what one stretch has of the bytes from an offset on.</summary>
    /// <returns>How many; 0 when the byte at the offset was not fetched.</returns>
    public int Copy(long offset, Span<byte> target)
    {
        foreach (var piece in _pieces)
        {
            if (offset >= piece.Range.Start && offset < piece.Range.End && piece.Bytes is { } bytes)
            {
                var at = (int)(offset - piece.Range.Start);
                var count = (int)Math.Min(piece.Range.Length - at, target.Length);
                bytes.AsSpan(at, count).CopyTo(target);
                piece.Count(count);
                return count;
            }
        }

        return 0;
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        foreach (var piece in _pieces)
        {
            piece.Release();
        }
    }

    private sealed class Piece(FetchRange range)
    {
        private long _bytesRead;

        public FetchRange Range { get; } = range;

        /// <summary>Null before the request and after the last read.</summary>
        public byte[]? Bytes { get; private set; }

        public async ValueTask FillAsync(IObjectReader reader, CancellationToken cancellationToken)
        {
            Bytes = ArrayPool<byte>.Shared.Rent((int)Range.Length);
            await reader.ReadAsync(Range.Start, Bytes.AsMemory(0, (int)Range.Length), cancellationToken).ConfigureAwait(false);
        }

        public void Count(int bytesRead)
        {
            _bytesRead += bytesRead;
            if (_bytesRead >= Range.WantedBytes)
            {
                Release();
            }
        }

        public void Release()
        {
            if (Bytes is { } bytes)
            {
                Bytes = null;
                ArrayPool<byte>.Shared.Return(bytes);
            }
        }
    }
}
