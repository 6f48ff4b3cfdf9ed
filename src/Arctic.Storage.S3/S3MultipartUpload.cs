using Amazon.S3;
using Amazon.S3.Model;
using Arctic.Columnar.Errors;

namespace Arctic.Storage.S3;

/// <summary>
/// One object in parts, of which a few are on their way at a time. Begins with the first part; disposing it before it is complete aborts it. What a crash leaves is
/// invisible, and removed by a rule of the bucket (<c>AbortIncompleteMultipartUpload</c>). One caller at a time.
/// </summary>
internal sealed class S3MultipartUpload(IAmazonS3 client, S3Caller caller, S3Failures failures, S3Location at, int partsInFlightMax) : IAsyncDisposable
{
    private const int PartsMax = 10_000;
    private const string Mark = "arctic-upload";

    private readonly SemaphoreSlim _room = new(partsInFlightMax);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task<PartETag>> _parts = [];
    private readonly string _mark = Guid.NewGuid().ToString("N");
    private string? _uploadId;
    private bool _isComplete;

    /// <summary>Whether a part was sent.</summary>
    public bool HasBegun => _uploadId is not null;

    /// <summary>Sends a part when there is room for it, and waits for no more than that. Owns the part.</summary>
    /// <exception cref="ArcticException">This or an earlier part could not be sent.</exception>
    public async ValueTask AddPartAsync(S3Part part, CancellationToken cancellationToken)
    {
        try
        {
            if (_parts.Count == PartsMax)
            {
                throw new ArcticException(ErrorCodes.StorageRefused, $"Cannot write '{at}': it has more than {PartsMax:N0} parts.") { Hint = "Raise 's3.multipart.part-size-bytes'." };
            }

            _uploadId ??= await BeginAsync(cancellationToken).ConfigureAwait(false);
            await _room.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            part.Dispose();
            throw;
        }

        _parts.Add(SendAsync(part, _parts.Count + 1));
        if (_parts.Find(p => p.IsFaulted) is { } failed)
        {
            await failed.ConfigureAwait(false);
        }
    }

    /// <summary>Makes the object out of its parts.</summary>
    public async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        var tags = await Task.WhenAll(_parts).WaitAsync(cancellationToken).ConfigureAwait(false);
        for (var failed = 1; ; failed++)
        {
            try
            {
                var request = new CompleteMultipartUploadRequest { BucketName = at.Bucket, Key = at.Key, UploadId = _uploadId, PartETags = [.. tags] };
                await caller.TryAsync(token => client.CompleteMultipartUploadAsync(request, token), cancellationToken).ConfigureAwait(false);
                break;
            }
            catch (Exception e) when (S3Failures.IsNotFound(e))
            {
                // The upload ends with its completion: the answer to an earlier try was lost, be it ours or one that the client or a proxy made on its own.
                if (await IsOursAsync(cancellationToken).ConfigureAwait(false))
                {
                    break;
                }

                throw failures.Of(e, "write", at.ToString());
            }
            catch (Exception e) when (S3Caller.IsFailure(e, cancellationToken))
            {
                if (caller.IsLast(failed) || !S3Failures.IsMomentary(e))
                {
                    throw failures.Of(e, "write", at.ToString());
                }
            }

            await caller.WaitAsync(failed, cancellationToken).ConfigureAwait(false);
        }

        _isComplete = true;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await ((Task)Task.WhenAll(_parts)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (HasBegun && !_isComplete)
        {
            await AbortAsync().ConfigureAwait(false);
        }

        _stop.Dispose();
        _room.Dispose();
    }

    private async Task<string> BeginAsync(CancellationToken cancellationToken)
    {
        var request = new InitiateMultipartUploadRequest { BucketName = at.Bucket, Key = at.Key };
        request.Metadata[Mark] = _mark;
        var begun = await caller.CallAsync("write", at.ToString(), token => client.InitiateMultipartUploadAsync(request, token), cancellationToken).ConfigureAwait(false);
        return begun.UploadId;
    }

    private async Task<PartETag> SendAsync(S3Part part, int number)
    {
        try
        {
            using (part)
            {
                var sent = await caller.CallAsync("write", at.ToString(), token => client.UploadPartAsync(RequestOf(part, number), token), _stop.Token).ConfigureAwait(false);
                return new PartETag(number, sent.ETag);
            }
        }
        finally
        {
            _room.Release();
        }
    }

    private UploadPartRequest RequestOf(S3Part part, int number) => new()
    {
        BucketName = at.Bucket,
        Key = at.Key,
        UploadId = _uploadId,
        PartNumber = number,
        PartSize = part.Content.Length,
        InputStream = S3ObjectStore.StreamOf(part.Content),
        UseChunkEncoding = false,
    };

    private async ValueTask<bool> IsOursAsync(CancellationToken cancellationToken)
    {
        var found = await caller.CallAsync("look at", at.ToString(), token => S3Client.FindAsync(client, at, token), cancellationToken).ConfigureAwait(false);
        return found?.Metadata[Mark] == _mark;
    }

    private async ValueTask AbortAsync()
    {
        try
        {
            var request = new AbortMultipartUploadRequest { BucketName = at.Bucket, Key = at.Key, UploadId = _uploadId };
            await caller.CallAsync("abort", at.ToString(), token => client.AbortMultipartUploadAsync(request, token), CancellationToken.None).ConfigureAwait(false);
        }
        catch (ArcticException)
        {
            // Nobody sees the parts, and the write itself has its own outcome, which must not be hidden behind this one.
        }
    }
}
