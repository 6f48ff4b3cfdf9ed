using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Arctic.Dataflow;

/// <summary>The project's meter and activity source, both named <c>Arctic.Dataflow</c>.</summary>
internal static class DataflowTelemetry
{
    public const string Name = "Arctic.Dataflow";

    public static readonly ActivitySource Activities = new(Name);

    private static readonly Meter Meter = new(Name);

    public static readonly Counter<long> RowsIn = Meter.CreateCounter<long>("arctic.dataflow.rows.in", "{row}", "Rows read from sources or taken from exchanges.");
    public static readonly Counter<long> RowsOut = Meter.CreateCounter<long>("arctic.dataflow.rows.out", "{row}", "Rows handed to exchanges or sinks.");
    public static readonly Counter<long> BytesOut = Meter.CreateCounter<long>("arctic.dataflow.bytes.out", "By", "Bytes handed to exchanges or sinks, estimated.");
    public static readonly Counter<long> Checkpoints = Meter.CreateCounter<long>("arctic.dataflow.checkpoints", "{checkpoint}", "Checkpoints, by outcome: committed or abandoned.");
    public static readonly Counter<long> Restarts = Meter.CreateCounter<long>("arctic.dataflow.restarts", "{restart}", "Recoveries of jobs from failures.");

    public static readonly Histogram<double> CheckpointSeconds =
        Meter.CreateHistogram<double>("arctic.dataflow.checkpoint.duration", "s", "From the trigger of a checkpoint to the end of its commit.");
}
