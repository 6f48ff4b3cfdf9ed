using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.DuckDb.Native;

namespace Arctic.DuckDb.Scanning;

/// <summary>
/// The table function of one run of a query, called as <c>arctic_scan_N(i)</c>: gives DuckDB the rows of the i-th input. Each scan in DuckDB's plan, and so each
/// side of a self-join, opens a reader of its own; the one-shot Arrow view gives silently wrong rows there. Only the columns that the plan
/// needs are read. An exception in a reader becomes an error of the query, and is kept for the caller as it was thrown.
/// </summary>
internal sealed class BatchTableFunction : IAsyncDisposable
{
    private readonly IReadOnlyList<ScanInput> _inputs;
    private readonly int _threads;
    private readonly CancellationToken _cancellationToken;
    private readonly Lock _lock = new();
    private readonly List<BatchPull> _pulls = [];
    private GCHandle _self;
    private ExceptionDispatchInfo? _failure;

    private BatchTableFunction(string name, IReadOnlyList<ScanInput> inputs, int threads, CancellationToken cancellationToken)
    {
        Name = name;
        _inputs = inputs;
        _threads = threads;
        _cancellationToken = cancellationToken;
        _self = GCHandle.Alloc(this);
    }

    /// <summary>The name in SQL.</summary>
    public string Name { get; }

    /// <summary>Makes the function known to a connection's database. Dispose it after the connection's queries.</summary>
    /// <param name="name">New to the database, which never forgets a function.</param>
    public static unsafe BatchTableFunction Register(
        DuckConnection connection, string name, IReadOnlyList<ScanInput> inputs, int threads, CancellationToken cancellationToken)
    {
        var scans = new BatchTableFunction(name, inputs, threads, cancellationToken);
        var function = DuckNative.CreateTableFunction();
        DuckNative.TableFunctionSetName(function, name);
        var parameter = DuckNative.CreateLogicalType(DuckTypeId.BigInt);
        DuckNative.TableFunctionAddParameter(function, parameter);
        DuckNative.DestroyLogicalType(ref parameter);
        DuckNative.TableFunctionSetExtraInfo(function, GCHandle.ToIntPtr(scans._self), null);
        DuckNative.TableFunctionSetBind(function, &Bind);
        DuckNative.TableFunctionSetInit(function, &Init);
        DuckNative.TableFunctionSetLocalInit(function, &InitLocal);
        DuckNative.TableFunctionSetFunction(function, &Fill);
        DuckNative.TableFunctionSupportsProjectionPushdown(function, true);
        var state = DuckNative.RegisterTableFunction(connection.Handle, function);
        DuckNative.DestroyTableFunction(ref function);
        if (state != DuckNative.Success)
        {
            throw new ArcticException(ErrorCodes.Internal, $"DuckDB refused the table function '{name}'.");
        }

        return scans;
    }

    /// <summary>Throws what the first failing reader threw, if one did.</summary>
    public void ThrowFailure() => Volatile.Read(ref _failure)?.Throw();

    /// <summary>Stops all readers and waits until they have let go of their inputs.</summary>
    public async ValueTask DisposeAsync()
    {
        BatchPull[] pulls;
        lock (_lock)
        {
            pulls = [.. _pulls];
        }

        foreach (var pull in pulls)
        {
            pull.Stop();
        }

        foreach (var pull in pulls)
        {
            await pull.Completion.ConfigureAwait(false);
            pull.Stop();
        }

        _self.Free();
    }

    private string Fail(Exception e)
    {
        Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(e), null);
        return e.Message;
    }

    private Scan OpenScan(ScanInput input, int[] columns)
    {
        // DuckDB asks for a row id when it needs no column at all, as for COUNT(*); our readers know no such column.
        var projected = columns.Where(c => c >= 0).ToArray();
        var pull = new BatchPull(token => input.Open(projected, token), _cancellationToken);
        lock (_lock)
        {
            _pulls.Add(pull);
        }

        return new Scan(this, pull, columns);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static unsafe void Bind(nint info)
    {
        var scans = Target<BatchTableFunction>(DuckNative.BindGetExtraInfo(info));
        try
        {
            var value = DuckNative.BindGetParameter(info, 0);
            var input = scans._inputs[(int)DuckNative.GetInt64(value)];
            DuckNative.DestroyValue(ref value);
            for (var i = 0; i < input.Schema.Count; i++)
            {
                var type = DuckNative.CreateLogicalType(DuckColumnType.Find(input.Schema[i].Type)!.Value);
                DuckNative.BindAddResultColumn(info, $"c{i}", type);
                DuckNative.DestroyLogicalType(ref type);
            }

            DuckNative.BindSetBindData(info, Handle(new Binding(scans, input)), &FreeHandle);
        }
        catch (Exception e)
        {
            DuckNative.BindSetError(info, scans.Fail(e));
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static unsafe void Init(nint info)
    {
        var (scans, input) = Target<Binding>(DuckNative.InitGetBindData(info));
        try
        {
            var columns = new int[DuckNative.InitGetColumnCount(info)];
            for (var i = 0; i < columns.Length; i++)
            {
                var index = DuckNative.InitGetColumnIndex(info, (ulong)i);
                columns[i] = index < (ulong)input.Schema.Count ? (int)index : -1;
            }

            DuckNative.InitSetMaxThreads(info, (ulong)scans._threads);
            DuckNative.InitSetInitData(info, Handle(scans.OpenScan(input, columns)), &EndScan);
        }
        catch (Exception e)
        {
            DuckNative.InitSetError(info, scans.Fail(e));
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static unsafe void InitLocal(nint info) => DuckNative.InitSetInitData(info, Handle(new Cursor()), &EndCursor);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Fill(nint info, nint chunk)
    {
        var scan = Target<Scan>(DuckNative.FunctionGetInitData(info));
        try
        {
            Target<Cursor>(DuckNative.FunctionGetLocalInitData(info)).Fill(scan, chunk);
        }
        catch (Exception e)
        {
            DuckNative.FunctionSetError(info, scan.Owner.Fail(e));
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void EndScan(nint handle)
    {
        Target<Scan>(handle).Pull.Stop();
        GCHandle.FromIntPtr(handle).Free();
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void EndCursor(nint handle)
    {
        Target<Cursor>(handle).Dispose();
        GCHandle.FromIntPtr(handle).Free();
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void FreeHandle(nint handle) => GCHandle.FromIntPtr(handle).Free();

    private static nint Handle(object target) => GCHandle.ToIntPtr(GCHandle.Alloc(target));

    private static T Target<T>(nint handle)
        where T : class => Unsafe.As<T>(GCHandle.FromIntPtr(handle).Target!);

    private sealed record Binding(BatchTableFunction Scans, ScanInput Input);

    /// <summary>One scan of DuckDB's plan, shared by its threads.</summary>
    /// <param name="Columns">For each column that DuckDB wants its index in the input's schema, -1 for the row id.</param>
    private sealed record Scan(BatchTableFunction Owner, BatchPull Pull, int[] Columns);

    /// <summary>Where one thread of a scan stands: the batch it has taken and the rows of it that are filled in already.</summary>
    private sealed class Cursor : IDisposable
    {
        private ChangeBatch? _batch;
        private int _position;

        public void Fill(Scan scan, nint chunk)
        {
            while (_batch is null || _position == _batch.RowCount)
            {
                _batch?.Dispose();
                (_batch, _position) = (scan.Pull.Take(), 0);
                if (_batch is null)
                {
                    DuckNative.DataChunkSetSize(chunk, 0);
                    return;
                }
            }

            var count = Math.Min(_batch.RowCount - _position, (int)DuckNative.VectorSize());
            var column = 0;
            for (var i = 0; i < scan.Columns.Length; i++)
            {
                if (scan.Columns[i] >= 0)
                {
                    VectorWriter.Write(DuckNative.DataChunkGetVector(chunk, (ulong)i), _batch, _batch.Columns[column++], _position, count);
                }
            }

            DuckNative.DataChunkSetSize(chunk, (ulong)count);
            _position += count;
        }

        public void Dispose() => _batch?.Dispose();
    }
}
