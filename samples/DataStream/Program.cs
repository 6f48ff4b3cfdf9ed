using DataStreamSample;

// dotnet run --project samples/DataStream [WAREHOUSE]: run it again, and it counts on.
await CustomerTotals.RunAsync(args.Length > 0 ? args[0] : "warehouse", Console.Out, CancellationToken.None);
