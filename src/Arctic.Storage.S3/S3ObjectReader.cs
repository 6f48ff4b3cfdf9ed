using System.Globalization;
using System.Net;
using Amazon.S3;
using Amazon.S3.Model;
using Arctic.Storage.ObjectStores;

namespace Arctic.Storage.S3;

/// <summary>
/// Reads ranges of one object. Opening it asks for its first bytes instead of its size alone, so that hints, metadata and most manifests take one request in all. Later
/// reads ask for the same object by its tag: one that was replaced is an error, never a mixture.
/// </summary>
internal sealed class S3ObjectReader : IObjectReader
{
    private const int StartBytesMax = 64 * 1024;

    private readonly IAmazonS3 _client;
    private readonly S3Caller _caller;
    private readonly S3Location _at;
    private readonly string _tag;
    private readonly byte[] _start;

    private S3ObjectReader(IAmazonS3 client, S3Caller caller, S3Location at, Opened opened)
    {
        (_client, _caller, _at) = (client, caller, at);
        (Size, _tag, _start) = opened;
    }

    public long Size { get; }

    public string? LocalPath => null;

    public static async ValueTask<S3ObjectReader> OpenAsync(IAmazonS3 client, S3Caller caller, S3Location at, CancellationToken cancellationToken)
    {
        var opened = await caller.CallAsync("open", at.ToString(), token => OpenOnceAsync(client, at, token), cancellationToken).ConfigureAwait(false);
        return new S3ObjectReader(client, caller, at, opened);
    }

    public async ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (offset < 0 || offset > Size - buffer.Length)
        {
            throw ObjectErrors.EndsEarly(_at.ToString(), offset, buffer.Length, Size);
        }

        if (offset < _start.Length)
        {
            var known = (int)Math.Min(buffer.Length, _start.Length - offset);
            _start.AsSpan((int)offset, known).CopyTo(buffer.Span);
            (offset, buffer) = (offset + known, buffer[known..]);
        }

        if (buffer.IsEmpty)
        {
            return;
        }

        // A try goes on where the one before it broke off.
        var read = 0;
        await _caller.CallAsync("read", _at.ToString(), ReadOnceAsync, cancellationToken).ConfigureAwait(false);

        async Task<bool> ReadOnceAsync(CancellationToken token)
        {
            var request = new GetObjectRequest { BucketName = _at.Bucket, Key = _at.Key, EtagToMatch = _tag, ByteRange = new ByteRange(offset + read, offset + buffer.Length - 1) };
            using var response = await _client.GetObjectAsync(request, token).ConfigureAwait(false);
            if (response.ETag != _tag)
            {
                // A store that does not look at the condition.
                throw S3Failures.Replaced("read", _at.ToString());
            }

            while (read < buffer.Length)
            {
                var count = await response.ResponseStream.ReadAsync(buffer[read..], token).ConfigureAwait(false);
                read += count > 0 ? count : throw BrokenOff(read, buffer.Length);
            }

            return true;
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static async Task<Opened> OpenOnceAsync(IAmazonS3 client, S3Location at, CancellationToken token)
    {
        try
        {
            var request = new GetObjectRequest { BucketName = at.Bucket, Key = at.Key, ByteRange = new ByteRange(0, StartBytesMax - 1) };
            using var response = await client.GetObjectAsync(request, token).ConfigureAwait(false);
            var size = SizeOf(response);
            var start = new byte[(int)Math.Min(size, StartBytesMax)];
            var read = await response.ResponseStream.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, token).ConfigureAwait(false);
            return read == start.Length ? new Opened(size, response.ETag, start) : throw BrokenOff(read, start.Length);
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            // An empty object has no first byte.
            var found = await client.GetObjectMetadataAsync(new GetObjectMetadataRequest { BucketName = at.Bucket, Key = at.Key }, token).ConfigureAwait(false);
            return found.ContentLength == 0 ? new Opened(0, found.ETag, []) : throw new IOException("the object changed while it was opened", e);
        }
    }

    // "bytes 0-65535/700001"; a store that ignores ranges sends the whole object.
    private static long SizeOf(GetObjectResponse response) =>
        response.ContentRange is { Length: > 0 } range && long.TryParse(range.AsSpan(range.LastIndexOf('/') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            ? size
            : response.ContentLength;

    private static IOException BrokenOff(int read, int wanted) => new(string.Create(CultureInfo.InvariantCulture, $"the answer broke off after {read:N0} of {wanted:N0} bytes"));

    private readonly record struct Opened(long Size, string Tag, byte[] Start);
}
