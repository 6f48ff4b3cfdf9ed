using Amazon.S3;
using Arctic.Storage.ObjectStores;

namespace Arctic.Storage.S3;

/// <summary>Writes one object: in one request when it fits into one part, in parts otherwise. Nothing is visible before it is complete.</summary>
internal sealed class S3ObjectWriter : ObjectWriter
{
    private readonly IAmazonS3 _client;
    private readonly S3Caller _caller;
    private readonly S3Location _at;
    private readonly S3PartStream _stream;
    private readonly S3MultipartUpload _upload;
    private bool _isComplete;

    public S3ObjectWriter(IAmazonS3 client, S3Caller caller, S3Failures failures, S3Location at, S3Options options)
    {
        (_client, _caller, _at) = (client, caller, at);
        _upload = new S3MultipartUpload(client, caller, failures, at, options.PartsInFlightMax);
        _stream = new S3PartStream(_upload, (int)options.PartSize.Bytes);
    }

    public override Stream Stream => _stream;

    public override long BytesWritten => _stream.BytesWritten;

    public override async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        if (_isComplete)
        {
            throw new InvalidOperationException($"'{_at}' was completed before.");
        }

        await _stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        var rest = _stream.TakeRest();
        if (_upload.HasBegun)
        {
            await _upload.AddPartAsync(rest, cancellationToken).ConfigureAwait(false);
            await _upload.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
        else
        {
            using (rest)
            {
                await _caller.CallAsync("write", _at.ToString(), token => _client.PutObjectAsync(S3ObjectStore.PutOf(_at, rest.Content), token), cancellationToken).ConfigureAwait(false);
            }
        }

        _isComplete = true;
    }

    public override async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync().ConfigureAwait(false);
        await _upload.DisposeAsync().ConfigureAwait(false);
    }
}
