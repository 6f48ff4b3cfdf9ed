using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Amazon.S3;
using Amazon.S3.Model;
using Arctic.Columnar.Errors;
using Arctic.Storage.ObjectStores;

namespace Arctic.Storage.S3;

/// <summary>
/// Objects in Amazon S3, or in a store that speaks its protocol. Locations are <c>s3://bucket/key</c>; <c>s3a</c> and <c>s3n</c> are the same objects. Failed requests are made
/// again after a wait; large objects are written in parts, of which a few are on their way at a time. Connects with the first call.
/// </summary>
/// <remarks>
/// <c>CreateIfAbsentAsync</c> rests on a PUT with <c>If-None-Match: *</c>, which the store refuses when the key has an object. A store that is not Amazon's is asked once a
/// bucket whether it honours that, and refused when it does not. A bucket that keeps no old versions cannot give a reader what was replaced under its hands: such a read fails.
/// </remarks>
public sealed class S3ObjectStore : IObjectStore, IDisposable
{
    private readonly S3Options _options;
    private readonly S3Caller _caller;
    private readonly S3Failures _failures;
    private readonly S3ConditionalCreate _conditional;
    private readonly Lazy<IAmazonS3> _client;

    /// <summary>Makes the store; nothing is sent.</summary>
    /// <param name="options">Where it is and who asks.</param>
    /// <param name="time">The clock of waits and time limits.</param>
    /// <param name="random">Spreads the waits of writers that met.</param>
    /// <exception cref="ArcticException"><c>INVALID_OPTION</c>.</exception>
    public S3ObjectStore(S3Options options, TimeProvider time, Random random)
    {
        _options = options.Check();
        _failures = new S3Failures(options);
        _caller = new S3Caller(options, time, random, _failures);
        _client = new Lazy<IAmazonS3>(() => S3Client.Create(options));
        _conditional = new S3ConditionalCreate(_client, _caller, _failures);
    }

    /// <inheritdoc/>
    public async ValueTask<ObjectInfo?> FindAsync(string location, CancellationToken cancellationToken)
    {
        var at = S3Location.ParseObject(location);
        var found = await _caller.CallAsync("look at", at.ToString(), token => S3Client.FindAsync(_client.Value, at, token), cancellationToken).ConfigureAwait(false);
        return found is null ? null : new ObjectInfo(at.ToString(), found.ContentLength, TimeOf(found.LastModified));
    }

    /// <inheritdoc/>
    public async ValueTask<IObjectReader> OpenReadAsync(string location, CancellationToken cancellationToken) =>
        await S3ObjectReader.OpenAsync(_client.Value, _caller, S3Location.ParseObject(location), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask<ObjectWriter> CreateAsync(string location, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(new S3ObjectWriter(_client.Value, _caller, _failures, S3Location.ParseObject(location), _options));
    }

    /// <inheritdoc/>
    public ValueTask<bool> CreateIfAbsentAsync(string location, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        _conditional.CreateAsync(S3Location.ParseObject(location), content, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask PutAsync(string location, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var at = S3Location.ParseObject(location);
        await _caller.CallAsync("write", at.ToString(), token => _client.Value.PutObjectAsync(PutOf(at, content), token), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectInfo> ListAsync(string folder, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var at = S3Location.Parse(folder);
        await foreach (var page in PagesAsync(at, at.FolderPrefix, delimiter: null, cancellationToken).ConfigureAwait(false))
        {
            foreach (var found in page.S3Objects ?? [])
            {
                // Consoles make empty objects named like a folder; they are none of ours.
                if (!found.Key.EndsWith('/'))
                {
                    yield return new ObjectInfo(new S3Location(at.Bucket, found.Key).ToString(), found.Size ?? 0, TimeOf(found.LastModified));
                }
            }
        }
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<FolderEntry> ListFolderAsync(string folder, CancellationToken cancellationToken) => ListFolderAsync(folder, "", cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<FolderEntry> ListFolderAsync(string folder, string namePrefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var at = S3Location.Parse(folder);
        var start = at.FolderPrefix.Length;
        await foreach (var page in PagesAsync(at, at.FolderPrefix + namePrefix, "/", cancellationToken).ConfigureAwait(false))
        {
            foreach (var found in page.S3Objects ?? [])
            {
                if (!found.Key.EndsWith('/'))
                {
                    yield return new FolderEntry(found.Key[start..], IsFolder: false);
                }
            }

            foreach (var found in page.CommonPrefixes ?? [])
            {
                if (found.Length > start + 1)
                {
                    yield return new FolderEntry(found[start..^1], IsFolder: true);
                }
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DeleteAsync(string location, CancellationToken cancellationToken)
    {
        var at = S3Location.ParseObject(location);
        await _caller.CallAsync("delete", at.ToString(), DeleteOnceAsync, cancellationToken).ConfigureAwait(false);

        async Task<bool> DeleteOnceAsync(CancellationToken token)
        {
            try
            {
                await _client.Value.DeleteObjectAsync(new DeleteObjectRequest { BucketName = at.Bucket, Key = at.Key }, token).ConfigureAwait(false);
            }
            catch (AmazonS3Exception e) when (S3Failures.IsNotFound(e) && e.ErrorCode != "NoSuchBucket")
            {
                // Amazon says nothing of an object that is not there; some stores do.
            }

            return true;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_client.IsValueCreated)
        {
            _client.Value.Dispose();
        }
    }

    /// <summary>The request that writes a whole object. Made anew for each try: the SDK closes its stream.</summary>
    internal static PutObjectRequest PutOf(S3Location at, ReadOnlyMemory<byte> content) => new()
    {
        BucketName = at.Bucket,
        Key = at.Key,
        InputStream = StreamOf(content),

        // Some stores keep the framing of chunks as content.
        UseChunkEncoding = false,
    };

    /// <summary>Memory as a stream that is read once.</summary>
    internal static MemoryStream StreamOf(ReadOnlyMemory<byte> content) => MemoryMarshal.TryGetArray(content, out var array)
        ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
        : new MemoryStream(content.ToArray(), writable: false);

    private async IAsyncEnumerable<ListObjectsV2Response> PagesAsync(S3Location at, string prefix, string? delimiter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? continuation = null;
        do
        {
            var request = new ListObjectsV2Request { BucketName = at.Bucket, Prefix = prefix, Delimiter = delimiter, ContinuationToken = continuation };
            var page = await _caller.CallAsync("list", at.ToString(), token => _client.Value.ListObjectsV2Async(request, token), cancellationToken).ConfigureAwait(false);
            yield return page;
            continuation = page.IsTruncated == true ? page.NextContinuationToken : null;
        }
        while (continuation is not null);
    }

    private static DateTimeOffset TimeOf(DateTime? time) => time is { } known ? new DateTimeOffset(known.ToUniversalTime()) : default;
}
